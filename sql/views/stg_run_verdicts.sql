-- question:     Which verdict of a run decides?
-- grain:        one row per run that has a verdict
-- keys:         experiment_id, run_id
-- units:        graded_at in UTC microseconds; score and rewards in the grader's own scale
-- denominators: none
-- late, duplicate, missing: the verdict latest by (graded_at, payload_hash) decides, whatever arrived last; earlier ones stay
--               in stg_verdicts; a run without a verdict has no row
-- operational:  no
CREATE OR REPLACE VIEW stg_run_verdicts AS
SELECT
    experiment_id,
    run_id,
    grader,
    grader_version,
    outcome,
    score,
    rewards,
    tests_passed,
    tests_failed,
    tests_skipped,
    graded_at,
    reason
FROM stg_verdicts
ORDER BY
    experiment_id,
    run_id,
    graded_at DESC,
    row_version DESC,
    epoch DESC,
    emitter DESC,
    seq DESC
LIMIT 1 BY
    experiment_id,
    run_id;
