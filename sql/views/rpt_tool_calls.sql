-- question:     How does each policy use each tool: how often, how reliably, how fast?
-- grain:        one row per experiment, policy and tool that one of its runs called
-- keys:         experiment_id, policy_id, tool_name
-- units:        rates 0 to 1; latency_ms_ in milliseconds, result_bytes_ in bytes
-- denominators: failure_rate = n_failed / n_failure_known; nonzero_exit_rate = n_nonzero_exits / n_nonzero_exit_known;
--               retry_rate = n_retries / n_retry_known: a call retries if the call of the same tool just before it in its
--               run, by the same emitter and agent_id, failed and had the same args_hash. calls_per_run = n_calls /
--               n_runs, with n_runs and n_trials those of the policy, whether they called the tool or not
--               (n_runs_with_calls, n_trials_with_calls). Percentiles are over the n_timed calls that state a
--               latency and the n_sized that state a size, each rounded to eight significant binary digits (whole numbers up
--               to 256 are exact, others by less than 1/256), interpolated between neighbours (definition 7 of R. J. Hyndman
--               and Y. Fan, Sample Quantiles in Statistical Packages, The American Statistician 50, 1996), so that they
--               differ from the exact ones by less than 1/256; sums and maxima are exact. NULL when the denominator is 0
-- late, duplicate, missing: every attempt counts, also earlier ones and open ones (n_incomplete); the attempts of excluded
--               trials are left out and counted in n_excluded; superseded runs count nowhere. A failed call and a non-zero
--               exit are two facts; each is read from the exit where the call does not state it, and a call that says
--               nothing is in no rate (fct_run_tools). stated_retries adds up the attempts that calls say were made
--               inside them and is never added to n_retries; NULL if none says so
-- operational:  no
CREATE OR REPLACE VIEW rpt_tool_calls AS
WITH
    called AS
    (
        SELECT
            tools.experiment_id AS experiment_id,
            tools.policy_id AS policy_id,
            tools.tool_name AS tool_name,
            count() AS n_runs_with_calls,
            uniqExact(tools.trial_key) AS n_trials_with_calls,
            sum(tools.n_calls) AS n_calls,
            sum(tools.n_failure_known) AS n_failure_known,
            sum(tools.n_failed) AS n_failed,
            sum(tools.n_nonzero_exit_known) AS n_nonzero_exit_known,
            sum(tools.n_nonzero_exits) AS n_nonzero_exits,
            sum(tools.n_retry_known) AS n_retry_known,
            sum(tools.n_retries) AS n_retries,
            sum(tools.stated_retries) AS stated_retries,
            sum(tools.n_exit_ok) AS n_exit_ok,
            sum(tools.n_exit_deterministic) AS n_exit_deterministic,
            sum(tools.n_exit_flake) AS n_exit_flake,
            sum(tools.n_exit_oom) AS n_exit_oom,
            sum(tools.n_exit_timeout) AS n_exit_timeout,
            sum(tools.n_exit_user_error) AS n_exit_user_error,
            sum(tools.n_exit_system_error) AS n_exit_system_error,
            sum(tools.n_exit_unknown) AS n_exit_unknown,
            sum(tools.n_results_truncated) AS n_results_truncated,
            sum(length(tools.latencies_ms)) AS n_timed,
            quantilesExactInclusiveArray(0.5, 0.9, 0.99)(tools.latencies_ms) AS latency_quantiles,
            max(tools.latency_ms_max) AS latency_ms_max,
            sum(length(tools.results_bytes)) AS n_sized,
            sum(tools.result_bytes_sum) AS result_bytes_sum,
            quantileExactInclusiveArray(0.5)(tools.results_bytes) AS bytes_median,
            max(tools.result_bytes_max) AS result_bytes_max
        FROM fct_run_tools AS tools
        WHERE tools.run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
            AND tools.trial_key NOT IN (SELECT trial_key FROM fct_excluded_trials)
        GROUP BY
            tools.experiment_id,
            tools.policy_id,
            tools.tool_name
    )
SELECT
    called.experiment_id AS experiment_id,
    called.policy_id AS policy_id,
    called.tool_name AS tool_name,
    policies.n_runs AS n_runs,
    called.n_runs_with_calls AS n_runs_with_calls,
    policies.n_trials AS n_trials,
    called.n_trials_with_calls AS n_trials_with_calls,
    policies.n_incomplete AS n_incomplete,
    policies.n_excluded AS n_excluded,
    called.n_calls AS n_calls,
    called.n_calls / nullIf(policies.n_runs, 0) AS calls_per_run,
    called.n_failure_known AS n_failure_known,
    called.n_failed AS n_failed,
    called.n_failed / nullIf(called.n_failure_known, 0) AS failure_rate,
    called.n_nonzero_exit_known AS n_nonzero_exit_known,
    called.n_nonzero_exits AS n_nonzero_exits,
    called.n_nonzero_exits / nullIf(called.n_nonzero_exit_known, 0) AS nonzero_exit_rate,
    called.n_retry_known AS n_retry_known,
    called.n_retries AS n_retries,
    called.n_retries / nullIf(called.n_retry_known, 0) AS retry_rate,
    called.stated_retries AS stated_retries,
    called.n_exit_ok AS n_exit_ok,
    called.n_exit_deterministic AS n_exit_deterministic,
    called.n_exit_flake AS n_exit_flake,
    called.n_exit_oom AS n_exit_oom,
    called.n_exit_timeout AS n_exit_timeout,
    called.n_exit_user_error AS n_exit_user_error,
    called.n_exit_system_error AS n_exit_system_error,
    called.n_exit_unknown AS n_exit_unknown,
    called.n_timed AS n_timed,
    if(called.n_timed = 0, NULL, called.latency_quantiles[1]) AS latency_ms_p50,
    if(called.n_timed = 0, NULL, called.latency_quantiles[2]) AS latency_ms_p90,
    if(called.n_timed = 0, NULL, called.latency_quantiles[3]) AS latency_ms_p99,
    called.latency_ms_max AS latency_ms_max,
    called.n_sized AS n_sized,
    called.result_bytes_sum AS result_bytes_sum,
    if(called.n_sized = 0, NULL, called.bytes_median) AS result_bytes_p50,
    called.result_bytes_max AS result_bytes_max,
    called.n_results_truncated AS n_results_truncated
FROM called
INNER JOIN fct_policies AS policies
    ON policies.experiment_id = called.experiment_id
    AND policies.policy_id = called.policy_id
ORDER BY
    experiment_id,
    policy_id,
    tool_name
SETTINGS analyzer_inline_views = 1;
