-- question:     What became of each trial, and what did all its attempts spend?
-- grain:        one row per trial that has a run which is not superseded
-- keys:         final_run_id
-- units:        tokens as counts; cost_nano_aiu in 10^-9 AIU, exact; _ms in milliseconds
-- denominators: none
-- late, duplicate, missing: labels, outcome and the three kinds of success are those of the final attempt, which names the
--               trial (ties as fct_final_attempts says). total_tokens and cost_nano_aiu add up all its attempts, and are NULL
--               where one of them is unknown. duration_ms is the final attempt's
-- operational:  no
-- A trial's key holds its labels. They stand behind it in the partition, so that who asks for one experiment or policy reads
-- no other. A million rows are sorted at once and by one thread: merging what was sorted in parts takes three times as long.
CREATE OR REPLACE VIEW fct_trials AS
WITH
    attempts AS
    (
        SELECT
            run_id,
            experiment_id,
            job_id,
            policy_id,
            task_id,
            trial_no,
            outcome = 'excluded' AS is_excluded,
            is_stopped,
            cfg_hash,
            env_hash,
            seed,
            success_graded,
            success_all,
            started_at,
            duration_ms,
            attempt_order,
            max(attempt_order) OVER trial AS final_attempt_order,
            count() OVER trial AS n_attempts,
            count(total_tokens) OVER trial AS n_with_tokens,
            count(cost_nano_aiu) OVER trial AS n_with_cost,
            sum(total_tokens) OVER trial AS all_tokens,
            sum(cost_nano_aiu) OVER trial AS all_nano_aiu
        FROM sum_runs
        WHERE run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
        WINDOW trial AS (PARTITION BY trial_key, experiment_id, policy_id)
    )
SELECT
    run_id AS final_run_id,
    experiment_id,
    job_id,
    policy_id,
    task_id,
    trial_no,
    n_attempts,
    is_excluded,
    is_stopped,
    cfg_hash,
    env_hash,
    seed,
    success_graded,
    success_all,
    started_at,
    duration_ms,
    if(n_with_tokens = n_attempts, all_tokens, NULL) AS total_tokens,
    if(n_with_cost = n_attempts, all_nano_aiu, NULL) AS cost_nano_aiu
FROM attempts
WHERE attempt_order = final_attempt_order
SETTINGS
    analyzer_inline_views = 1,
    max_threads = 1,
    max_block_size = 1000000,
    preferred_block_size_bytes = 0;
