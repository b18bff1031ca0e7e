-- question:     How did each run use each tool?
-- grain:        one row per run and tool it called
-- keys:         experiment_id, run_id, tool_name
-- units:        counts of calls; latencies_ms in milliseconds and results_bytes in bytes, one entry per call that states one,
--               smallest first
-- denominators: none
-- late, duplicate, missing: a call that does not say whether it failed did if its exit_kind is known and not 'ok'; one that
--               does not say whether its command exited non-zero did if its exit_code is known and not 0; n_failure_known
--               and n_nonzero_exit_known count the calls that say either. A call retries if the call of the same tool before
--               it, by the same emitter and agent_id in order of (epoch, seq), failed and had the same args_hash; one
--               without args_hash, or of an emitter that does not number its events (smith, otlp), is not in n_retry_known
--               and neither retries nor is retried; where a call is missing its neighbours count as consecutive.
--               stated_retries adds up what calls say of attempts made inside them, NULL if none says so
-- operational:  no
CREATE OR REPLACE VIEW fct_run_tools AS
WITH
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
            arraySort(groupArray(latency_ms)) AS latencies_ms,
            arraySort(groupArray(result_bytes)) AS results_bytes
        FROM judged
        GROUP BY
            experiment_id,
            run_id,
            tool_name
    )
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
    latencies_ms,
    results_bytes
FROM counted;
