-- question:     How did each run use each tool?
-- grain:        one row per run and tool it called
-- keys:         experiment_id, run_id, tool_name
-- units:        counts of calls; latencies_ms in milliseconds and results_bytes in bytes, one entry per call that states one,
--               smallest first, rounded to eight significant binary digits (by less than 1/256);
--               latency_ms_max, result_bytes_sum and result_bytes_max are exact, NULL where no call states one; trial_key
--               is that of sum_runs
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
SELECT
    experiment_id,
    policy_id,
    trial_key,
    run_id,
    tool_name,
    used.n_calls AS n_calls,
    used.n_failure_known AS n_failure_known,
    used.n_failed AS n_failed,
    used.n_nonzero_exit_known AS n_nonzero_exit_known,
    used.n_nonzero_exits AS n_nonzero_exits,
    used.n_retry_known AS n_retry_known,
    used.n_retries AS n_retries,
    used.stated_retries AS stated_retries,
    used.n_exit_ok AS n_exit_ok,
    used.n_exit_deterministic AS n_exit_deterministic,
    used.n_exit_flake AS n_exit_flake,
    used.n_exit_oom AS n_exit_oom,
    used.n_exit_timeout AS n_exit_timeout,
    used.n_exit_user_error AS n_exit_user_error,
    used.n_exit_system_error AS n_exit_system_error,
    used.n_exit_unknown AS n_exit_unknown,
    used.n_results_truncated AS n_results_truncated,
    used.latency_ms_max AS latency_ms_max,
    used.result_bytes_sum AS result_bytes_sum,
    used.result_bytes_max AS result_bytes_max,
    CAST(rounded_latencies_ms, 'Array(Float32)') AS latencies_ms,
    CAST(rounded_results_bytes, 'Array(Float32)') AS results_bytes
FROM sum_runs
ARRAY JOIN
    tool_names AS tool_name,
    tool_counts AS used,
    tool_latencies_ms AS rounded_latencies_ms,
    tool_results_bytes AS rounded_results_bytes;
