-- question:     Which runs were made with the settings that an optimizer update suggests?
-- grain:        one row per update that suggests something and run of its experiment, superseded runs left out, that has it all
-- keys:         update_key (that of fct_suggestions), run_id
-- units:        times in UTC microseconds; is_graded and is_resolved are false but for the final attempt of a trial
-- denominators: none
-- late, duplicate, missing: a run has what is suggested if each entry of the suggestion (fct_suggestions), by path and value, stands in
--               its configuration or environment document or in its run_config as run_start states it; what else they hold does
--               not matter. A run whose documents are not stored and which states no run_config has nothing
-- operational:  no
CREATE OR REPLACE VIEW fct_suggested_runs AS
WITH
    suggestions AS
    (
        SELECT
            update_key,
            experiment_id,
            ts,
            entries
        FROM fct_suggestions
        WHERE notEmpty(entries)
    ),
    stated AS
    (
        SELECT
            starts.experiment_id AS experiment_id,
            starts.run_id AS run_id,
            arrayMap(
                -- Read and written again, so that a text is escaped as those of documents are.
                entry -> tuple(entry.1, JSONExtractRaw(concat('{"value":', entry.2, '}'), 'value')),
                arrayFilter(
                    entry -> notEmpty(entry.2),
                    [
                    tuple('max_iterations', ifNull(toString(starts.max_iterations), '')),
                    tuple('temperature', ifNull(toString(starts.temperature), '')),
                    tuple('context_window', ifNull(toString(starts.context_window), '')),
                    tuple('pruning_threshold', ifNull(toString(starts.pruning_threshold), '')),
                    tuple('planner_depth', ifNull(toString(starts.planner_depth), '')),
                    tuple('debate_rounds', ifNull(toString(starts.debate_rounds), '')),
                    tuple('tool_timeout_ms', ifNull(toString(starts.tool_timeout_ms), '')),
                    tuple('retry_policy.max_retries', ifNull(toString(starts.max_retries), '')),
                    tuple('retry_policy.backoff_ms', ifNull(toString(starts.backoff_ms), '')),
                    tuple('retry_policy.exponential_backoff', ifNull(toString(starts.exponential_backoff), '')),
                    tuple('retry_policy.retry_on_flake', ifNull(toString(starts.retry_on_flake), '')),
                    tuple('retry_policy.retry_on_timeout', ifNull(toString(starts.retry_on_timeout), '')),
                    tuple('execution_timeout_seconds', ifNull(toString(starts.execution_timeout_seconds), '')),
                    tuple('failing_tests_patience', ifNull(toString(starts.failing_tests_patience), '')),
                    tuple('no_progress_timeout_seconds', ifNull(toString(starts.no_progress_timeout_seconds), '')),
                    tuple('sandbox_limits.memory_mb', ifNull(toString(starts.memory_mb), '')),
                    tuple('sandbox_limits.cpu_cores', ifNull(toString(starts.cpu_cores), '')),
                    tuple('sandbox_limits.disk_mb', ifNull(toString(starts.disk_mb), '')),
                    tuple('sandbox_limits.network_enabled', ifNull(toString(starts.network_enabled), '')),
                    tuple('sandbox_limits.execution_timeout_ms', ifNull(toString(starts.execution_timeout_ms), '')),
                    tuple('docker_image', if(isNull(starts.docker_image), '', toJSONString(assumeNotNull(starts.docker_image)))),
                    tuple('tools_commit', if(isNull(starts.tools_commit), '', toJSONString(assumeNotNull(starts.tools_commit)))),
                    tuple('available_tools', if(empty(starts.available_tools), '', toJSONString(starts.available_tools)))
                    ]
                )
            ) AS entries
        FROM stg_run_starts AS starts
        WHERE starts.experiment_id IN (SELECT experiment_id FROM stg_optimizer_updates)
        ORDER BY
            starts.run_id,
            starts.epoch,
            starts.emitter,
            starts.seq
        LIMIT 1 BY starts.run_id
    ),
    setups AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            runs.cfg_hash AS cfg_hash,
            runs.env_hash AS env_hash,
            stated.entries AS stated_entries,
            groupArray(
                tuple(
                    runs.run_id,
                    runs.started_at,
                    runs.is_excluded,
                    runs.is_graded,
                    runs.is_resolved
                )
            ) AS members
        FROM fct_optimized_runs AS runs
        LEFT JOIN stated
            ON stated.experiment_id = runs.experiment_id
            AND stated.run_id = runs.run_id
        GROUP BY
            runs.experiment_id,
            runs.cfg_hash,
            runs.env_hash,
            stated.entries
    ),
    configs AS
    (
        SELECT
            hash,
            entries
        FROM fct_document_entries
        WHERE kind = 'config'
    ),
    environments AS
    (
        SELECT
            hash,
            entries
        FROM fct_document_entries
        WHERE kind = 'environment'
    ),
    documented AS
    (
        SELECT
            setups.experiment_id AS experiment_id,
            setups.cfg_hash AS cfg_hash,
            setups.members AS members,
            arrayConcat(setups.stated_entries, configs.entries, environments.entries) AS entries
        FROM setups
        LEFT JOIN configs ON configs.hash = setups.cfg_hash
        LEFT JOIN environments ON environments.hash = setups.env_hash
    )
SELECT
    suggestions.update_key AS update_key,
    suggestions.ts AS updated_at,
    member.1 AS run_id,
    documented.cfg_hash AS cfg_hash,
    member.2 AS started_at,
    member.3 AS is_excluded,
    member.4 AS is_graded,
    member.5 AS is_resolved
FROM suggestions
INNER JOIN documented ON documented.experiment_id = suggestions.experiment_id
ARRAY JOIN documented.members AS member
WHERE hasAll(documented.entries, suggestions.entries)
SETTINGS analyzer_inline_views = 1;
