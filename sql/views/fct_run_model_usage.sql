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
WITH
    named AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            runs.policy_id AS policy_id,
            runs.run_id AS run_id,
            runs.model AS main_model,
            runs.is_final_attempt AS is_final_attempt,
            runs.is_stopped AS is_stopped,
            runs.is_excluded AS is_excluded,
            runs.success_all AS success_all,
            runs.usage_source AS usage_source,
            if(runs.usage_grain = 'run', runs.declared_total_tokens, NULL) AS declared_tokens,
            runs.used_of_models AS entries,
            runs.derived_costs AS costs,
            arrayMap(used -> ifNull(coalesce(used.2, main_model), ''), entries) AS names,
            arrayDistinct(names) AS models,
            -- Rarely are two entries of one model; adding up only those is what spares sorting all entries by run and model.
            if(
                length(models) = length(names),
                arrayMap(used -> tuple(used.3, used.4, used.5, used.6, used.7, used.8, used.9, used.10), entries),
                arrayMap(
                    model -> arrayMap(
                        own -> tuple(
                            arrayReduce('sum', own.3),
                            arrayReduce('sum', own.4),
                            arrayReduce('sum', own.5),
                            arrayReduce('sum', own.6),
                            arrayReduce('sum', own.7),
                            arrayReduce('sum', own.8),
                            arrayReduce('sum', own.9),
                            arrayReduce('sum', own.10)
                        ),
                        [arrayFilter((used, name) -> name = model, entries, names)]
                    )[1],
                    models
                )
            ) AS used_of_models,
            if(
                length(models) = length(names),
                costs,
                arrayMap(
                    model -> if(
                        arrayExists((cost, name) -> name = model AND isNull(cost), costs, names),
                        NULL,
                        arraySum((cost, name) -> if(name = model, assumeNotNull(cost), 0), costs, names)
                    ),
                    models
                )
            ) AS costs_of_models
        FROM fct_runs AS runs
    )
SELECT
    experiment_id,
    policy_id,
    run_id,
    if(empty(entries), main_model, nullIf(used_model, '')) AS model,
    is_final_attempt,
    is_stopped,
    is_excluded,
    success_all,
    usage_source,
    used.1 AS input_tokens,
    used.2 AS cache_read_tokens,
    used.3 AS cache_write_tokens,
    used.4 AS output_tokens,
    used.5 AS reasoning_tokens,
    if(
        isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens, output_tokens)),
        declared_tokens,
        ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) + ifNull(output_tokens, 0)
    ) AS total_tokens,
    used.6 AS nano_aiu,
    used.7 AS nano_usd,
    derived_cost AS derived_nano_aiu,
    coalesce(nano_aiu, derived_nano_aiu) AS cost_nano_aiu,
    used.8 AS requests
FROM named
LEFT ARRAY JOIN
    models AS used_model,
    used_of_models AS used,
    costs_of_models AS derived_cost;
