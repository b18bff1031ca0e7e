-- question:     Which runs that count have not said that they ended?
-- grain:        one row per run that is not superseded, without a run_stop and with an epoch that is not sealed
-- keys:         run_id
-- units:        pools are those of fct_duration_pools that the run may be in, the narrowest first: (rank, basis, pool_key); said is
--               what sum_runs says (job_id, trial_no, attempt, stated_model, started_at, steps, turns, tool_calls,
--               tool_failures, the four buckets of tokens and their sum, nano_aiu); times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: as sum_runs, a moment behind; runs that were abandoned are among them
-- operational:  yes (last_received_at belongs to a delivery)
-- What is only passed on is one tuple: a join plans each of its columns anew.
CREATE OR REPLACE VIEW fct_open_runs AS
SELECT
    run_id,
    experiment_id,
    policy_id,
    task_id,
    [
        tuple(1, 'task', sipHash128('task', experiment_id, policy_id, task_id)),
        tuple(2, 'policy', sipHash128('policy', experiment_id, policy_id)),
        tuple(3, 'experiment', sipHash128('experiment', experiment_id))
    ] AS pools,
    tuple(
        job_id,
        trial_no,
        attempt,
        stated_model,
        started_at,
        steps,
        turns,
        tool_calls,
        tool_failures,
        input_tokens,
        cache_read_tokens,
        cache_write_tokens,
        output_tokens,
        total_tokens,
        nano_aiu
    ) AS said,
    last_received_at
FROM sum_runs
WHERE isNull(ended_as)
    AND run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
SETTINGS analyzer_inline_views = 1;
