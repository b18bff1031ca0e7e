-- question:     How did each of these runs use its tools?
-- grain:        one row per run of run_ids that has a tool call
-- keys:         experiment_id, run_id
-- units:        counts of calls; lists with an entry per tool, in order of tool_names: tool_counts as fct_run_tools names them;
--               tool_latencies_ms in milliseconds and tool_results_bytes in bytes, each with an entry per call that states
--               one, smallest first, rounded to eight significant binary digits
-- denominators: none
-- late, duplicate, missing: as fct_run_tools, which says what a failure, a non-zero exit and a retry are
-- operational:  no
-- Percentiles over millions of calls read these lists: rounded ones, the upper half of a 32-bit float, are read in a quarter of
-- the time; the conversion cuts off, so half of what it cuts is added before. Sums and maxima are exact beside them.
-- Lists beside each other and not one of all: reading a part of such a list through a view reads its other parts, too.
CREATE OR REPLACE VIEW sum_run_tools_of AS
WITH
    value -> toBFloat16(reinterpretAsFloat32(reinterpretAsUInt32(toFloat32(value)) + 32768)) AS rounded,
    judged AS
    (
        SELECT
            made.experiment_id AS experiment_id,
            made.run_id AS run_id,
            made.name AS tool_name,
            coalesce(made.failed, made.exit_kind != 'ok') AS has_failed,
            coalesce(made.nonzero_exit, made.exit_code != 0) AS has_exited_nonzero,
            made.exit_kind AS exit_kind,
            if(made.emitter IN ('smith', 'otlp'), NULL, made.args_hash) AS comparable_args_hash,
            made.retries AS retries,
            made.latency_ms AS latency_ms,
            made.result_bytes AS result_bytes,
            made.result_truncated AS result_truncated,
            -- Sorts into order of emission, each emitter's and sub-agent's calls together; numbers, because texts sort slowly.
            tuple(
                sipHash64(made.emitter, ifNull(made.agent_id, '')),
                made.epoch,
                made.seq,
                ifNull(sipHash64(comparable_args_hash), 0),
                ifNull(coalesce(made.failed, made.exit_kind != 'ok'), false)
            ) AS place
        FROM stg_tool_calls AS made
        WHERE made.run_id IN {run_ids:Array(UUID)}
    ),
    counted AS
    (
        SELECT
            experiment_id,
            run_id,
            tool_name,
            count() AS n_calls,
            count(has_failed) AS n_failure_known,
            countIf(ifNull(has_failed, false)) AS n_failed,
            count(has_exited_nonzero) AS n_nonzero_exit_known,
            countIf(ifNull(has_exited_nonzero, false)) AS n_nonzero_exits,
            count(comparable_args_hash) AS n_retry_known,
            arraySort(groupArray(place)) AS places,
            sum(retries) AS stated_retries,
            countIf(ifNull(exit_kind = 'ok', false)) AS n_exit_ok,
            countIf(ifNull(exit_kind = 'deterministic', false)) AS n_exit_deterministic,
            countIf(ifNull(exit_kind = 'flake', false)) AS n_exit_flake,
            countIf(ifNull(exit_kind = 'oom', false)) AS n_exit_oom,
            countIf(ifNull(exit_kind = 'timeout', false)) AS n_exit_timeout,
            countIf(ifNull(exit_kind = 'user_error', false)) AS n_exit_user_error,
            countIf(ifNull(exit_kind = 'system_error', false)) AS n_exit_system_error,
            countIf(isNull(exit_kind)) AS n_exit_unknown,
            countIf(ifNull(result_truncated, false)) AS n_results_truncated,
            max(latency_ms) AS latency_ms_max,
            sum(result_bytes) AS result_bytes_sum,
            max(result_bytes) AS result_bytes_max,
            arraySort(groupArray(rounded(if(latency_ms > 3e38, 3e38, latency_ms)))) AS latencies_ms,
            arraySort(groupArray(rounded(result_bytes))) AS results_bytes
        FROM judged
        GROUP BY
            experiment_id,
            run_id,
            tool_name
    ),
    told AS
    (
        SELECT
            experiment_id,
            run_id,
            tool_name,
            n_calls,
            n_failure_known,
            n_failed,
            n_nonzero_exit_known,
            n_nonzero_exits,
            n_retry_known,
            arrayCount(
                (call, earlier) -> earlier.5 AND call.4 != 0 AND call.4 = earlier.4 AND call.1 = earlier.1,
                arrayPopFront(places),
                arrayPopBack(places)
            ) AS n_retries,
            stated_retries,
            n_exit_ok,
            n_exit_deterministic,
            n_exit_flake,
            n_exit_oom,
            n_exit_timeout,
            n_exit_user_error,
            n_exit_system_error,
            n_exit_unknown,
            n_results_truncated,
            latency_ms_max,
            result_bytes_sum,
            result_bytes_max,
            latencies_ms,
            results_bytes
        FROM counted
    )
SELECT
    experiment_id,
    run_id,
    sum(n_calls) AS tool_calls,
    sum(n_failed) AS tool_failures,
    sum(n_nonzero_exits) AS nonzero_exits,
    arraySort(
        used -> used.1,
        groupArray(
            tuple(
                tool_name,
                tuple(
                    n_calls,
                    n_failure_known,
                    n_failed,
                    n_nonzero_exit_known,
                    n_nonzero_exits,
                    n_retry_known,
                    n_retries,
                    stated_retries,
                    n_exit_ok,
                    n_exit_deterministic,
                    n_exit_flake,
                    n_exit_oom,
                    n_exit_timeout,
                    n_exit_user_error,
                    n_exit_system_error,
                    n_exit_unknown,
                    n_results_truncated,
                    latency_ms_max,
                    result_bytes_sum,
                    result_bytes_max
                ),
                latencies_ms,
                results_bytes
            )
        )
    ) AS sorted_tools,
    CAST(sorted_tools.1, 'Array(LowCardinality(String))') AS tool_names,
    CAST(
        sorted_tools.2,
        'Array(Tuple(
            n_calls UInt32,
            n_failure_known UInt32,
            n_failed UInt32,
            n_nonzero_exit_known UInt32,
            n_nonzero_exits UInt32,
            n_retry_known UInt32,
            n_retries UInt32,
            stated_retries Nullable(UInt64),
            n_exit_ok UInt32,
            n_exit_deterministic UInt32,
            n_exit_flake UInt32,
            n_exit_oom UInt32,
            n_exit_timeout UInt32,
            n_exit_user_error UInt32,
            n_exit_system_error UInt32,
            n_exit_unknown UInt32,
            n_results_truncated UInt32,
            latency_ms_max Nullable(Float64),
            result_bytes_sum Nullable(UInt64),
            result_bytes_max Nullable(UInt64)
        ))'
    ) AS tool_counts,
    sorted_tools.3 AS tool_latencies_ms,
    sorted_tools.4 AS tool_results_bytes
FROM told
GROUP BY
    experiment_id,
    run_id;
