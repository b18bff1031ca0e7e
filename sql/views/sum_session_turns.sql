-- question:     What did the turns of each run use: turn by turn, in each fifth of the run, and for each tool?
-- grain:        one row per run that has a turn, a call or a decision
-- keys:         experiment_id, run_id
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; duration_ms in milliseconds. Arrays that begin with turn_ have an entry
--               per turn of the main agent, the first is its turn 1; phases have five entries, or none. tools: one entry per
--               tool (NULL: the turns that called none) and kinds of usages of the turns that called it. What a turn used is
--               shared equally among its calls: n_shares counts calls, or turns without one, and columns that end in _shares
--               are in 1/5342931457063200, the least common multiple of 1 to 40: exact for turns of up to 40 calls, and of n
--               calls too small by less than n * 10^-15 of it. contexts and made_compactions: what
--               sum_session_compactions makes compactions of
-- denominators: none
-- late, duplicate, missing: turns are those of sum_turns. turn_prompt_tokens = input + cache_read + cache_write tokens as far as
--               stated. usages are what is to be priced, where no step of the run states a cost; in phases and tools added up
--               by kind: by model and by which buckets have tokens, because a cost is unknown where a bucket has tokens and no
--               price. All turns of an entry of tools have the same kinds, so that a price book tells the cost of all of
--               them or of none
-- operational:  no
CREATE OR REPLACE VIEW sum_session_turns AS
WITH
    usage -> tuple(ifNull(usage.1, ''), isNull(usage.1), usage.2 > 0, usage.3 > 0, usage.4 > 0, usage.5 > 0) AS kind_of,
    some -> arrayMap(
        same -> tuple(same[1].1, arraySum(same.2), arraySum(same.3), arraySum(same.4), arraySum(same.5)),
        arrayMap(
            kind -> arrayFilter(usage -> kind_of(usage) = kind, some),
            arraySort(arrayDistinct(arrayMap(usage -> kind_of(usage), some)))
        )
    ) AS added_up,
    used AS
    (
        SELECT
            *,
            if(
                isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens)),
                NULL,
                ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0)
            ) AS prompt_tokens,
            toUInt128(intDiv(5342931457063200, greatest(n_tool_calls, 1))) AS share,
            tuple(
                if(isNull(coalesce(prompt_tokens, output_tokens)), NULL, ifNull(prompt_tokens, 0) + ifNull(output_tokens, 0)) * share,
                output_tokens * share,
                nano_aiu * share,
                context_tokens_added * toInt128(share),
                arrayMap(usage -> tuple(usage.1, usage.2 * share, usage.3 * share, usage.4 * share, usage.5 * share), usages),
                arraySort(arrayDistinct(arrayMap(usage -> kind_of(usage), usages)))
            ) AS shares,
            arrayMap(
                (call, no) -> tuple(toNullable(call.1), no = 1, call.2, call.3, shares),
                calls,
                arrayEnumerateUniq(calls.1)
            ) AS shares_of_calls
        FROM sum_turns
    ),
    sessions AS
    (
        SELECT
            experiment_id,
            run_id,
            arraySort(
                turn -> turn.1,
                groupArrayIf(
                    tuple(
                        assumeNotNull(turn_no),
                        phase,
                        is_main_agent,
                        n_tool_calls,
                        n_tool_failures,
                        input_tokens,
                        cache_read_tokens,
                        cache_write_tokens,
                        output_tokens,
                        reasoning_tokens,
                        nano_aiu,
                        usages,
                        context_tokens,
                        duration_ms,
                        prompt_tokens,
                        place,
                        ifNull(agent_id, ''),
                        model
                    ),
                    isNotNull(turn_no)
                )
            ) AS turns,
            arrayFilter(turn -> turn.3, turns) AS main_turns,
            arraySort(arrayDistinct(arrayFlatten(turns.12).1)) AS priced_models,
            arraySplit((turn, step) -> step != 0, turns, arrayDifference(turns.2)) AS turns_of_phases,
            groupArrayArrayIf(
                if(empty(calls), [tuple(NULL, true, false, NULL, shares)], shares_of_calls),
                isNotNull(turn_no)
            ) AS calls,
            arrayEnumerateDense(calls.1, calls.5.6) AS kinds,
            arraySplit(
                (call, step) -> step != 0,
                arraySort((call, kind) -> kind, calls, kinds),
                arrayDifference(arraySort(kinds))
            ) AS calls_of_tools,
            groupArrayArray(compactions) AS made_compactions
        FROM used
        GROUP BY
            experiment_id,
            run_id
    )
SELECT
    experiment_id,
    run_id,
    CAST(priced_models, 'Array(LowCardinality(Nullable(String)))') AS priced_models,
    CAST(main_turns.15, 'Array(Nullable(UInt64))') AS turn_prompt_tokens,
    CAST(main_turns.7, 'Array(Nullable(UInt64))') AS turn_cache_read_tokens,
    CAST(main_turns.9, 'Array(Nullable(UInt64))') AS turn_output_tokens,
    CAST(main_turns.13, 'Array(Nullable(UInt64))') AS turn_context_tokens,
    CAST(main_turns.11, 'Array(Nullable(UInt128))') AS turn_nano_aiu,
    CAST(
        main_turns.12,
        'Array(Array(Tuple(
            model LowCardinality(Nullable(String)),
            input_tokens UInt64,
            cache_read_tokens UInt64,
            cache_write_tokens UInt64,
            output_tokens UInt64
        )))'
    ) AS turn_usages,
    CAST(
        arrayMap(
            phase -> tuple(
                length(phase),
                arraySum(phase.4),
                arraySum(phase.5),
                arrayReduce('sum', phase.6),
                arrayReduce('sum', phase.7),
                arrayReduce('sum', phase.8),
                arrayReduce('sum', phase.9),
                arrayReduce('sum', phase.10),
                arrayReduce('sum', phase.11),
                added_up(arrayFlatten(phase.12)),
                arrayLast(turn -> turn.3 AND isNotNull(turn.13), phase).13,
                -- Added up in order of size, as rpt_run_phases does: a sum of floats depends on its order.
                arrayReduce('sum', arraySort(phase.14))
            ),
            if(length(turns) < 5, [], turns_of_phases)
        ),
        'Array(Tuple(
            n_turns UInt32,
            n_tool_calls UInt32,
            n_tool_failures UInt32,
            input_tokens Nullable(UInt64),
            cache_read_tokens Nullable(UInt64),
            cache_write_tokens Nullable(UInt64),
            output_tokens Nullable(UInt64),
            reasoning_tokens Nullable(UInt64),
            nano_aiu Nullable(UInt128),
            usages Array(Tuple(
                model LowCardinality(Nullable(String)),
                input_tokens UInt64,
                cache_read_tokens UInt64,
                cache_write_tokens UInt64,
                output_tokens UInt64
            )),
            context_tokens Nullable(UInt64),
            duration_ms Nullable(Float64)
        ))'
    ) AS phases,
    CAST(
        arraySort(
            arrayMap(
                same -> tuple(
                    same[1].1,
                    arrayCount(call -> call.2, same),
                    length(same),
                    arrayCount(call -> call.3, same),
                    arrayCount(call -> isNotNull(call.4), same),
                    arrayReduce('sum', same.4),
                    arrayCount(call -> isNotNull(call.5.1), same),
                    arrayReduce('sum', same.5.1),
                    arrayReduce('sum', same.5.2),
                    arrayCount(call -> isNotNull(call.5.3), same),
                    arrayReduce('sum', same.5.3),
                    arrayCount(call -> isNotNull(call.5.4), same),
                    arrayReduce('sum', same.5.4),
                    added_up(arrayFlatten(same.5.5))
                ),
                calls_of_tools
            )
        ),
        'Array(Tuple(
            tool_name LowCardinality(Nullable(String)),
            n_turns UInt32,
            n_shares UInt32,
            n_failed UInt32,
            n_sized UInt32,
            result_bytes Nullable(UInt64),
            n_with_tokens UInt32,
            token_shares Nullable(UInt128),
            output_token_shares Nullable(UInt128),
            n_with_cost UInt32,
            nano_aiu_shares Nullable(UInt128),
            n_with_context UInt32,
            context_token_shares Nullable(Int128),
            usages Array(Tuple(
                model LowCardinality(Nullable(String)),
                input_token_shares UInt128,
                cache_read_token_shares UInt128,
                cache_write_token_shares UInt128,
                output_token_shares UInt128
            ))
        ))'
    ) AS tools,
    arrayMap(turn -> tuple(turn.1, turn.16, turn.17, turn.13, turn.15, turn.7, turn.18), turns) AS contexts,
    made_compactions
FROM sessions
SETTINGS analyzer_inline_views = 1;
