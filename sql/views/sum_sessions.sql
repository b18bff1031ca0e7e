-- question:     What happened in each run, turn by turn, call by call and decision by decision?
-- grain:        one row per run that has sent anything, and former experiment of it
-- keys:         experiment_id, run_id
-- units:        as sum_sessions_of
-- denominators: none
-- late, duplicate, missing: as sum_sessions_of, at the moment the consumer last looked at the run: soon after it ended, and about
--               once a minute before. The row that counts is that of the run's experiment in sum_runs
-- operational:  no
CREATE OR REPLACE VIEW sum_sessions AS
SELECT
    experiment_id,
    run_id,
    n_contents,
    priced_models,
    turn_prompt_tokens,
    turn_cache_read_tokens,
    turn_output_tokens,
    turn_context_tokens,
    turn_nano_aiu,
    turn_usages,
    phases,
    tools,
    compactions,
    transitions,
    sequences,
    recoveries,
    files,
    judgements
FROM sum_sessions_stored
FINAL;
