-- question:     What happened in each run, when it was last looked at?
-- grain:        one row per run, experiment it was seen in and time it was looked at, until the engine merges them
-- keys:         experiment_id, run_id
-- units:        as sum_sessions_of; complete_until in UTC microseconds
-- denominators: none
-- late, duplicate, missing: complete_until and version as sum_runs_stored
-- operational:  yes (complete_until and version belong to a look)
-- A cache, made anew and filled again whenever its definition changes. An experiment's rows lie together, because they are wide
-- and reports read one experiment; a run that changes its experiment leaves a row in the one before.
CREATE OR REPLACE TABLE sum_sessions_stored
ENGINE = ReplacingMergeTree(version)
ORDER BY (experiment_id, run_id)
SETTINGS merge_selector_base = 4
EMPTY AS
SELECT
    experiment_id,
    run_id,
    n_contents,
    priced_models,
    turn_prompt_tokens,
    turn_cache_read_tokens,
    turn_output_tokens,
    turn_context_tokens,
    turn_nano_aiu,
    turn_usages,
    phases,
    tools,
    compactions,
    transitions,
    sequences,
    recoveries,
    files,
    judgements,
    toDateTime64(0, 6, 'UTC') AS complete_until,
    toUInt128(0) AS version
FROM ${database}.sum_sessions_of(run_ids = []);
