-- question:     Who graded which run, when, and how?
-- grain:        one row per verdict event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        as verdicts
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL, conflicting contents by row_version; late rows appear in place;
--               a field the event does not state is NULL, a list it does not state is empty
-- operational:  no
CREATE OR REPLACE VIEW stg_verdicts AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    row_version,
    ts,
    step_id,
    grader,
    grader_version,
    outcome,
    score,
    rewards,
    tests_passed,
    tests_failed,
    tests_skipped,
    tests_passed_names,
    tests_failed_names,
    graded_at,
    reason
FROM verdicts
FINAL;
