-- question:     Do the tokens and costs that a run states in several places add up?
-- grain:        one row per run that is not superseded and measure that it states anywhere
-- keys:         run_id, measure (input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
--               total_tokens, nano_aiu, nano_usd)
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars; all exact
-- denominators: none
-- late, duplicate, missing: in_run_stop is what run_stop.usage states, in_models the sum over run_stop.models, in_steps the
--               sum of the steps, in_context_decisions what the decisions themselves cost; declared is
--               run_stop.total_tokens, and for nano_aiu the sum of run_stop.nano_aiu_by_type. The total_tokens of a place
--               are the sum of its four disjoint buckets, known where input and output are and the cache buckets that the
--               run uses at all. What nobody states is NULL, never 0, and so is a difference with an unknown side:
--               models_difference = in_models - in_run_stop; steps_difference = in_steps - in_run_stop, else - in_models;
--               declared_difference = in_run_stop, else in_models, else in_steps, - declared. Where no place has a total, the
--               buckets that one does state may still exceed the declared total; declared_difference is then by how much.
--               adds_up is NULL where there is nothing to compare; steps add up with and without what context decisions cost, since some
--               agents make a step of them. finding names the likeliest reason, the first that fits: nothing_to_compare; adds_up;
--               cache_counted_in_input or reasoning_counted_in_output, where a difference is exactly the cached tokens (read, written or
--               both) or the reasoning tokens, so that one side counts them inside another bucket (subset) and the other beside it
--               (additive); models_differ; declared_differs; steps_fall_short; steps_exceed.
--               usage_source names the place that counts elsewhere (fct_runs). Open and excluded runs are audited too
-- operational:  no
CREATE OR REPLACE VIEW rpt_token_audit AS
WITH
    stated AS
    (
        SELECT
            experiment_id,
            job_id,
            policy_id,
            task_id,
            run_id,
            source_system,
            stated_usage AS of_run_stop,
            models_usage AS of_models,
            steps_usage AS of_steps,
            decisions_usage AS of_decisions,
            toInt128(stated_total_tokens) AS declared_tokens,
            stated_nano_aiu_by_type AS declared_nano_aiu
        FROM fct_counted_runs
    ),
    totalled AS
    (
        SELECT
            experiment_id,
            job_id,
            policy_id,
            task_id,
            run_id,
            source_system,
            multiIf(
                arrayExists(value -> isNotNull(value), arrayConcat(of_run_stop, of_models)), 'run_stop',
                arrayExists(value -> isNotNull(value), of_steps), 'steps',
                isNotNull(declared_tokens), 'run_stop',
                NULL
            ) AS usage_source,
            declared_tokens,
            declared_nano_aiu,
            coalesce(of_run_stop[2], of_models[2], of_steps[2]) AS cache_read_tokens,
            coalesce(of_run_stop[3], of_models[3], of_steps[3]) AS cache_write_tokens,
            coalesce(of_run_stop[5], of_models[5], of_steps[5]) AS reasoning_tokens,
            arrayMap(
                place -> arrayPushBack(
                    place,
                    place[1]
                        + coalesce(place[2], if(ifNull(cache_read_tokens, 0) = 0, 0, NULL))
                        + coalesce(place[3], if(ifNull(cache_write_tokens, 0) = 0, 0, NULL))
                        + place[4]
                ),
                [of_run_stop, of_models, of_steps, of_decisions]
            ) AS places,
            -- An entry per measure that is stated anywhere, so that no list is carried along with each of them.
            arrayFilter(
                entry -> isNotNull(coalesce(entry.2, entry.3, entry.4, entry.5, entry.6)),
                arrayZip(
                    [
                        'input_tokens',
                        'cache_read_tokens',
                        'cache_write_tokens',
                        'output_tokens',
                        'reasoning_tokens',
                        'nano_aiu',
                        'nano_usd',
                        'total_tokens'
                    ],
                    [NULL, NULL, NULL, NULL, NULL, declared_nano_aiu, NULL, declared_tokens],
                    places[1],
                    places[2],
                    places[3],
                    places[4]
                )
            ) AS entries,
            if(
                isNull(declared_tokens),
                NULL,
                arrayMax(
                    arrayMap(
                        place -> arraySum(bucket -> ifNull(bucket, 0), arraySlice(place, 1, 4)),
                        [of_run_stop, of_models, of_steps]
                    )
                )
            ) AS stated_tokens
        FROM stated
    ),
    measured AS
    (
        SELECT
            experiment_id,
            job_id,
            policy_id,
            task_id,
            run_id,
            source_system,
            usage_source,
            entry.1 AS measure,
            entry.2 AS declared,
            entry.3 AS in_run_stop,
            entry.4 AS in_models,
            entry.5 AS in_steps,
            entry.6 AS in_context_decisions,
            in_models - in_run_stop AS models_difference,
            in_steps - coalesce(in_run_stop, in_models) AS steps_difference,
            coalesce(
                coalesce(in_run_stop, in_models, in_steps) - declared,
                if(ifNull(measure = 'total_tokens' AND stated_tokens > declared, false), stated_tokens - declared, NULL)
            ) AS declared_difference,
            -- NULLs are taken out: hasAny compares what lies under them.
            arrayFilter(
                tokens -> isNotNull(tokens) AND measure IN ('input_tokens', 'total_tokens'),
                [cache_read_tokens, cache_write_tokens, cache_read_tokens + cache_write_tokens]
            ) AS cached_parts,
            arrayFilter(
                tokens -> isNotNull(tokens) AND measure IN ('output_tokens', 'total_tokens'),
                [reasoning_tokens]
            ) AS reasoning_parts
        FROM totalled
        ARRAY JOIN entries AS entry
    ),
    compared AS
    (
        SELECT
            experiment_id,
            job_id,
            policy_id,
            task_id,
            run_id,
            source_system,
            usage_source,
            measure,
            declared,
            in_run_stop,
            in_models,
            in_steps,
            in_context_decisions,
            models_difference,
            steps_difference,
            declared_difference,
            ifNull(models_difference != 0, false) AS models_differ,
            ifNull(steps_difference != 0, false)
                AND ifNull(steps_difference + in_context_decisions != 0, true) AS steps_differ,
            ifNull(declared_difference != 0, false)
                AND (
                    isNotNull(coalesce(in_run_stop, in_models))
                    OR ifNull(declared_difference + in_context_decisions != 0, true)
                ) AS declared_differs,
            arrayMap(
                difference -> toInt128(abs(difference)),
                arrayFilter(
                    (difference, differs) -> differs,
                    [models_difference, steps_difference, declared_difference],
                    [models_differ, steps_differ, declared_differs]
                )
            ) AS sizes,
            cached_parts,
            reasoning_parts
        FROM measured
    )
SELECT
    experiment_id,
    job_id,
    policy_id,
    task_id,
    run_id,
    source_system,
    usage_source,
    measure,
    declared,
    in_run_stop,
    in_models,
    in_steps,
    in_context_decisions,
    models_difference,
    steps_difference,
    declared_difference,
    if(
        isNull(coalesce(models_difference, steps_difference, declared_difference)),
        NULL,
        NOT (models_differ OR steps_differ OR declared_differs)
    ) AS adds_up,
    multiIf(
        isNull(adds_up), 'nothing_to_compare',
        adds_up, 'adds_up',
        hasAny(sizes, cached_parts), 'cache_counted_in_input',
        hasAny(sizes, reasoning_parts), 'reasoning_counted_in_output',
        models_differ, 'models_differ',
        declared_differs, 'declared_differs',
        steps_difference < 0, 'steps_fall_short',
        'steps_exceed'
    ) AS finding
FROM compared
ORDER BY
    experiment_id,
    policy_id,
    task_id,
    job_id,
    toString(run_id),
    measure;
