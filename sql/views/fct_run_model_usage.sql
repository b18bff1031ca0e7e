-- question:     What did each run use of each model?
-- grain:        one row per run that is not superseded and model it used; one row with its main model where nothing is known
-- keys:         run_id, model (NULL where neither the usage nor the run names one)
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars, both exact
-- denominators: none
-- late, duplicate, missing: the rows of a run come from its one usage source (fct_runs): run_stop.models, else the totals of
--               run_stop under the run's main model, else its steps (one without a model under the main model).
--               derived_nano_aiu is what the price book makes of the row's tokens, by the rules of fct_runs
-- operational:  no
CREATE OR REPLACE VIEW fct_run_model_usage AS
SELECT
    experiment_id,
    policy_id,
    run_id,
    used.model AS model,
    is_final_attempt,
    is_stopped,
    is_excluded,
    success_all,
    usage_source,
    used.input_tokens AS input_tokens,
    used.cache_read_tokens AS cache_read_tokens,
    used.cache_write_tokens AS cache_write_tokens,
    used.output_tokens AS output_tokens,
    used.reasoning_tokens AS reasoning_tokens,
    if(
        isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens, output_tokens)),
        if(usage_grain = 'run', declared_total_tokens, NULL),
        ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) + ifNull(output_tokens, 0)
    ) AS total_tokens,
    used.nano_aiu AS nano_aiu,
    used.nano_usd AS nano_usd,
    used.derived_nano_aiu AS derived_nano_aiu,
    coalesce(nano_aiu, derived_nano_aiu) AS cost_nano_aiu,
    used.requests AS requests
FROM
(
    SELECT
        runs.experiment_id AS experiment_id,
        runs.policy_id AS policy_id,
        runs.run_id AS run_id,
        runs.is_final_attempt AS is_final_attempt,
        runs.is_stopped AS is_stopped,
        runs.is_excluded AS is_excluded,
        runs.success_all AS success_all,
        runs.usage_source AS usage_source,
        runs.usage_grain AS usage_grain,
        runs.declared_total_tokens AS declared_total_tokens,
        arrayJoin(runs.used_of_models) AS used
    FROM fct_counted_runs AS runs
);
