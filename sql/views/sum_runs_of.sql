-- question:     What does each of these runs say by itself, all its events taken together?
-- grain:        one row per run of run_ids that has sent anything, superseded runs included
-- keys:         run_id
-- units:        _ms in milliseconds; took_seconds in seconds; tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars,
--               all exact; times in UTC microseconds; score and rewards in the grader's own scale; tool_,
--               decision_kinds, failure_kinds and epochs as the views say that they come from; _usage: input_tokens to nano_usd in order;
--               used_of_models: one entry per model that was used, its entries added up; model_prices: 10^-9 AIU per token
--               of each model that the run names, on the day it started, and the name by which the price book knows it;
--               trial_key is the same for the attempts of a trial alone, and their attempt_order puts the final one
--               last; source_key is the same for runs that record the same thing; model_names: all that it
--               names, in usages or elsewhere; planned_trials: how often the experiment was to try each of its cells
-- denominators: none
-- late, duplicate, missing: a function of the surviving rows of this run and of the price book alone, never of other runs or of
--               the way the rows came; stated_ is what run_start and run_stop say where the column without it falls back on
--               the steps; outcome, times and success as fct_attempts says, usage as fct_runs says; used_of_models is of the
--               one usage source that counts, usage_grain its kind; what names no model is the main model's, and where
--               nothing is known there is one entry without numbers. Costs are derived by the rules of fct_runs and the
--               price book of prices_hash; another one makes the run due (fct_due_runs). A model is looked up by the first
--               of these names that the book has: 1 the name itself; 2 what follows its last slash (anthropic/…,
--               openrouter/anthropic/…); 3 that without the region and vendor of a cloud (us.anthropic.…); 4 that without an
--               @version or a -v1:0; 5 that without a date or -latest at its end (-20250514, -2025-08-07); of a model
--               without a match no price is known. ended_as is 'stopped', 'interrupted' or, whatever time may make of it
--               (fct_run_states_at), NULL. last_received_at is that of the last surviving event that no grader sent
-- operational:  yes (last_received_at belongs to a delivery)
-- The definition of the stored rows (sum_runs_stored).
CREATE OR REPLACE VIEW sum_runs_of AS
WITH
    (SELECT tuple(prices_hash, model_keys, periods) FROM stg_price_book) AS book,
    named AS
    (
        SELECT
            *,
            arraySort(
                arrayDistinct(
                    arrayFilter(
                        name -> name != '',
                        arrayMap(
                            name -> ifNull(name, ''),
                            arrayConcat(usages.2, models_on_the_way, [toNullable(toString(stated_model)), model])
                        )
                    )
                )
            ) AS names,
            arrayMap(
                name -> coalesce(
                    nullIf(
                        indexOf(book.2, replaceRegexpAll(lower(trimBoth(name)), '(\\d)\\.(\\d)', '\\1-\\2') AS spelled),
                        0
                    ),
                    nullIf(indexOf(book.2, replaceRegexpOne(spelled, '^.*/', '') AS without_path), 0),
                    nullIf(
                        indexOf(
                            book.2,
                            replaceRegexpOne(
                                without_path,
                                '^(?:[a-z]{2,6}(?:-[a-z]+)?\\.)?[a-z0-9]+\\.([a-z])',
                                '\\1'
                            ) AS without_vendor
                        ),
                        0
                    ),
                    nullIf(indexOf(book.2, replaceRegexpOne(without_vendor, '(?:@.*|-v\\d+:\\d+)$', '') AS without_version), 0),
                    nullIf(
                        indexOf(
                            book.2,
                            replaceRegexpOne(without_version, '-(?:20\\d{6}|20\\d\\d-\\d\\d-\\d\\d|latest)$', '')
                        ),
                        0
                    ),
                    0
                ),
                names
            ) AS places_in_book,
            ifNull(toDate(started_at), toDate(0)) AS started_on,
            arrayMap(
                place -> arrayLast(
                    period -> if(started_on = toDate(0), length(book.3[place]) = 1, period.1 <= started_on),
                    book.3[place]
                ),
                places_in_book
            ) AS prices,
            arrayMap(
                used -> prices[indexOf(names, coalesce(used.2, if(usage_grain = 'run', totals_model, model), ''))],
                usages
            ) AS prices_of_usages,
            arrayMap(
                (used, price) -> if(isNull(used.3) OR isNull(used.6), NULL, toUInt128(0))
                    + if(ifNull(used.3, 0) = 0, 0, toUInt128(used.3) * price.2)
                    + if(ifNull(used.4, 0) = 0, 0, toUInt128(used.4) * price.3)
                    + if(ifNull(used.5, 0) = 0, 0, toUInt128(used.5) * price.4)
                    + if(ifNull(used.6, 0) = 0, 0, toUInt128(used.6) * price.5),
                usages,
                prices_of_usages
            ) AS derived_costs,
            arrayMap(used -> ifNull(coalesce(used.2, model), ''), usages) AS used_names,
            arrayDistinct(used_names) AS used_models
        FROM ${database}.sum_run_facts_of(run_ids = {run_ids:Array(UUID)})
    )
SELECT
    run_id,
    experiment_id,
    job_id,
    policy_id,
    task_id,
    trial_no,
    attempt,
    planned_trials,
    -- One number for what trials are grouped by: several of them, texts among them, take ten times as long.
    reinterpretAsUInt128(
        sipHash128(
            experiment_id,
            job_id,
            policy_id,
            task_id,
            isNull(trial_no),
            ifNull(trial_no, 0),
            if(isNull(trial_no), run_id, toUUIDOrZero(''))
        )
    ) AS trial_key,
    bitOr(
        bitShiftLeft(toUInt256(attempt), 192),
        bitOr(
            bitShiftLeft(
                toUInt256(toInt128(ifNull(toUnixTimestamp64Micro(run_start_ts), -9223372036854775807)) + 9223372036854775807),
                128
            ),
            toUInt256(toUInt128(run_id))
        )
    ) AS attempt_order,
    run_start_ts,
    cfg_hash,
    env_hash,
    seed,
    source_system,
    source_id,
    source_content_sha256,
    source_n_records,
    source_translator_version,
    source_revision,
    reinterpretAsUInt128(
        if(
            isNull(source_system) OR isNull(source_id),
            sipHash128('benchwire', toString(run_id)),
            sipHash128(ifNull(source_system, ''), ifNull(source_id, ''))
        )
    ) AS source_key,
    is_stopped,
    ended_as,
    status,
    outcome,
    outcome_source,
    score,
    rewards,
    multiIf(
        mapContains(rewards, 'reward'), rewards['reward'],
        length(rewards) = 1, mapValues(rewards)[1],
        NULL
    ) AS reward,
    reward_valid,
    grader,
    graded_at,
    is_stopped AND outcome != 'excluded' AS is_gradable,
    if(is_gradable AND outcome != 'ungraded', outcome = 'resolved', NULL) AS success_graded,
    if(is_gradable, outcome = 'resolved', NULL) AS success_all,
    if(is_gradable, outcome = 'resolved' AND status = 'ok', NULL) AS success_strict,
    started_at,
    stopped_at,
    duration_ms,
    took_seconds,
    setup_ms,
    agent_ms,
    verify_ms,
    stated_api_time_ms,
    api_time_ms,
    stated_turns,
    turns,
    premium_requests,
    context_tokens,
    stated_peak_context_tokens,
    peak_context_tokens,
    context_limit_tokens,
    stated_model,
    model,
    CAST(names, 'Array(LowCardinality(String))') AS model_names,
    model_provider,
    reasoning_effort,
    agent,
    agent_version,
    task_version,
    dataset,
    files_modified,
    lines_added,
    lines_removed,
    tests_passed,
    tests_failed,
    early_stopped,
    early_stop_reason,
    exit_code,
    error,
    error_type,
    error_cause,
    session_id,
    steps,
    tool_calls,
    tool_failures,
    nonzero_exits,
    context_decisions,
    failures,
    usage_source,
    usage_grain,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    nano_aiu,
    nano_usd,
    if(
        isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens, output_tokens)),
        declared_total_tokens,
        ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) + ifNull(output_tokens, 0)
    ) AS total_tokens,
    stated_cost_source,
    declared_total_tokens,
    requests,
    CAST(
        if(
            empty(used_models),
            [tuple(model, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)],
            arrayMap(
                own -> tuple(
                    nullIf(own.1, ''),
                    arrayReduce('sum', own.2.3),
                    arrayReduce('sum', own.2.4),
                    arrayReduce('sum', own.2.5),
                    arrayReduce('sum', own.2.6),
                    arrayReduce('sum', own.2.7),
                    arrayReduce('sum', own.2.8),
                    arrayReduce('sum', own.2.9),
                    arrayReduce('sum', own.2.10),
                    if(has(own.3, NULL), NULL, arrayReduce('sum', own.3))
                ),
                arrayMap(
                    name -> tuple(
                        name,
                        arrayFilter((used, used_name) -> used_name = name, usages, used_names),
                        arrayFilter((cost, used_name) -> used_name = name, derived_costs, used_names)
                    ),
                    used_models
                )
            )
        ),
        'Array(Tuple(
            model LowCardinality(Nullable(String)),
            input_tokens Nullable(UInt64),
            cache_read_tokens Nullable(UInt64),
            cache_write_tokens Nullable(UInt64),
            output_tokens Nullable(UInt64),
            reasoning_tokens Nullable(UInt64),
            nano_aiu Nullable(UInt128),
            nano_usd Nullable(UInt128),
            requests Nullable(UInt64),
            derived_nano_aiu Nullable(UInt128)
        ))'
    ) AS used_of_models,
    CAST(
        arrayMap(
            (name, place, price) -> tuple(name, if(place = 0, NULL, book.2[place]), price.2, price.3, price.4, price.5),
            names,
            places_in_book,
            prices
        ),
        'Array(Tuple(
            model LowCardinality(String),
            matched LowCardinality(Nullable(String)),
            input_nano_aiu Nullable(UInt64),
            cache_read_nano_aiu Nullable(UInt64),
            cache_write_nano_aiu Nullable(UInt64),
            output_nano_aiu Nullable(UInt64)
        ))'
    ) AS model_prices,
    book.1 AS prices_hash,
    if(
        empty(derived_costs) OR has(derived_costs, NULL),
        NULL,
        arraySum(cost -> assumeNotNull(cost), derived_costs)
    ) AS derived_nano_aiu,
    if(isNull(nano_aiu), derived_nano_aiu, nano_aiu) AS cost_nano_aiu,
    multiIf(
        isNotNull(nano_aiu), ifNull(stated_cost_source, 'declared'),
        isNotNull(derived_nano_aiu), 'derived',
        NULL
    ) AS cost_source,
    stated_usage,
    models_usage,
    steps_usage,
    decisions_usage,
    stated_total_tokens,
    stated_nano_aiu_by_type,
    tool_names,
    tool_counts,
    tool_latencies_ms,
    tool_results_bytes,
    decision_kinds,
    failure_kinds,
    epochs,
    n_events,
    n_contents,
    last_received_at,
    n_strange_experiments,
    n_unseen_emitters
FROM named;
