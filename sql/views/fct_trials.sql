-- question:     What became of each trial, and what did all its attempts spend?
-- grain:        one row per trial that has a run which is not superseded
-- keys:         final_run_id
-- units:        tokens as counts; cost_nano_aiu in 10^-9 AIU, exact; _ms in milliseconds
-- denominators: none
-- late, duplicate, missing: labels, outcome and the three kinds of success are those of the final attempt, which names the
--               trial. total_tokens and cost_nano_aiu add up all its attempts, and are NULL where one of them is unknown.
--               duration_ms is the final attempt's
-- operational:  no
CREATE OR REPLACE VIEW fct_trials AS
WITH
    summed AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            runs.job_id AS job_id,
            runs.policy_id AS policy_id,
            runs.task_id AS task_id,
            runs.trial_no AS trial_no,
            -- Of each trial one attempt is final.
            groupArrayIf(1)(
                tuple(
                    runs.run_id,
                    runs.outcome = 'excluded',
                    runs.is_stopped,
                    runs.cfg_hash,
                    runs.env_hash,
                    runs.seed,
                    runs.success_graded,
                    runs.success_all,
                    runs.success_strict,
                    runs.started_at,
                    runs.duration_ms
                ),
                runs.is_final_attempt
            )[1] AS last_attempt,
            count() AS n_attempts,
            if(count(runs.total_tokens) = count(), sum(runs.total_tokens), NULL) AS total_tokens,
            if(count(runs.cost_nano_aiu) = count(), sum(toUInt128(runs.cost_nano_aiu)), NULL) AS cost_nano_aiu
        FROM fct_runs AS runs
        GROUP BY
            runs.experiment_id,
            runs.job_id,
            runs.policy_id,
            runs.task_id,
            runs.trial_no,
            runs.trial_key
    )
SELECT
    last_attempt.1 AS final_run_id,
    experiment_id,
    job_id,
    policy_id,
    task_id,
    trial_no,
    n_attempts,
    last_attempt.2 AS is_excluded,
    last_attempt.3 AS is_stopped,
    last_attempt.4 AS cfg_hash,
    last_attempt.5 AS env_hash,
    last_attempt.6 AS seed,
    last_attempt.7 AS success_graded,
    last_attempt.8 AS success_all,
    last_attempt.9 AS success_strict,
    last_attempt.10 AS started_at,
    last_attempt.11 AS duration_ms,
    total_tokens,
    cost_nano_aiu
FROM summed;
