-- question:     What happened in each of these runs, turn by turn, call by call and decision by decision?
-- grain:        one row per run of run_ids that has sent anything, superseded runs included
-- keys:         experiment_id, run_id
-- units:        turn_, phases, tools and compactions as sum_session_compactions; transitions, sequences: counts
--               of calls, as sum_call_links_of; recoveries: one entry per failure, as sum_recoveries; files: one per path, as
--               sum_touched_files; judgements: one per decision that says whether its segment was kept, with confidence,
--               impact and sizes as the decision says; n_contents counts contents of events. But for those of turns and
--               compactions, the entries of an array are in their own order
-- denominators: none
-- late, duplicate, missing: a function of the surviving rows of this run alone, never of other runs or of the way the rows came;
--               what a run's other experiments have is left out (experiment_id as sum_run_labels_of says). is_regretted says that
--               the run has a failure with root 'context' and pruning_error, unless the same emitter sent that before the
--               decision (order of epoch and seq, or of ts where it does not number its events: smith, otlp)
-- operational:  no
-- The definition of the stored rows (sum_sessions_stored), for reports of an experiment that would read its single events.
CREATE OR REPLACE VIEW sum_sessions_of AS
WITH
    contents AS
    (
        SELECT
            run_id,
            count() AS n_contents
        FROM stg_events
        WHERE run_id IN {run_ids:Array(UUID)}
        GROUP BY run_id
    ),
    turns AS
    (
        SELECT
            *
        FROM sum_session_compactions
        WHERE run_id IN {run_ids:Array(UUID)}
    ),
    links AS
    (
        SELECT
            experiment_id,
            run_id,
            arraySort(groupArrayIf(tuple(first, second, n, n_known, n_failed), kind = 'transition')) AS transitions,
            arraySort(groupArrayIf(tuple(first, second, third, n, n_known, n_failed, n_last), kind = 'sequence')) AS sequences
        FROM ${database}.sum_call_links_of(run_ids = {run_ids:Array(UUID)})
        GROUP BY
            experiment_id,
            run_id
    ),
    recoveries AS
    (
        SELECT
            experiment_id,
            run_id,
            arraySort(groupArray(tuple(root_kind, is_recovered, recovery_ms, steps, calls, tokens))) AS recoveries
        FROM sum_recoveries
        WHERE run_id IN {run_ids:Array(UUID)}
        GROUP BY
            experiment_id,
            run_id
    ),
    files AS
    (
        SELECT
            experiment_id,
            run_id,
            arraySort(groupArray(tuple(path, n_reads, n_modifications, n_actions, n_diffs, was_read, was_modified))) AS files
        FROM sum_touched_files
        WHERE run_id IN {run_ids:Array(UUID)}
        GROUP BY
            experiment_id,
            run_id
    ),
    pruning_errors AS
    (
        SELECT
            experiment_id,
            run_id,
            groupArray(
                tuple(
                    toString(emitter),
                    tuple(
                        epoch,
                        if(emitter IN ('smith', 'otlp'), toUnixTimestamp64Micro(ts), 0),
                        seq
                    )
                )
            ) AS errors
        FROM stg_failures
        WHERE run_id IN {run_ids:Array(UUID)}
            AND root_kind = 'context'
            AND ifNull(pruning_error, false)
        GROUP BY
            experiment_id,
            run_id
    ),
    judgements AS
    (
        SELECT
            made.experiment_id AS experiment_id,
            made.run_id AS run_id,
            arraySort(
                groupArray(
                    tuple(
                        assumeNotNull(made.kept),
                        made.confidence,
                        made.impact,
                        made.tokens_before,
                        made.kb_before,
                        arrayExists(
                            error -> error.1 != toString(made.emitter) OR error.2 > tuple(
                                made.epoch,
                                if(made.emitter IN ('smith', 'otlp'), toUnixTimestamp64Micro(made.ts), 0),
                                made.seq
                            ),
                            pruning_errors.errors
                        )
                    )
                )
            ) AS judgements
        FROM stg_context_decisions AS made
        LEFT JOIN pruning_errors
            ON pruning_errors.experiment_id = made.experiment_id
            AND pruning_errors.run_id = made.run_id
        WHERE made.run_id IN {run_ids:Array(UUID)} AND isNotNull(made.kept)
        GROUP BY
            made.experiment_id,
            made.run_id
    )
SELECT
    labels.experiment_id AS experiment_id,
    labels.run_id AS run_id,
    contents.n_contents AS n_contents,
    turns.priced_models AS priced_models,
    turns.turn_prompt_tokens AS turn_prompt_tokens,
    turns.turn_cache_read_tokens AS turn_cache_read_tokens,
    turns.turn_output_tokens AS turn_output_tokens,
    turns.turn_context_tokens AS turn_context_tokens,
    turns.turn_nano_aiu AS turn_nano_aiu,
    turns.turn_usages AS turn_usages,
    turns.phases AS phases,
    turns.tools AS tools,
    turns.compactions AS compactions,
    CAST(
        links.transitions,
        'Array(Tuple(
            from_tool LowCardinality(Nullable(String)),
            to_tool LowCardinality(Nullable(String)),
            n UInt32,
            n_known UInt32,
            n_failed_or_reported UInt32
        ))'
    ) AS transitions,
    CAST(
        links.sequences,
        'Array(Tuple(
            first LowCardinality(String),
            second LowCardinality(String),
            third LowCardinality(Nullable(String)),
            n UInt32,
            n_next_known UInt32,
            n_followed_by_failure UInt32,
            n_last UInt32
        ))'
    ) AS sequences,
    CAST(
        recoveries.recoveries,
        'Array(Tuple(
            root_kind LowCardinality(String),
            is_recovered Nullable(Bool),
            recovery_ms Nullable(Float64),
            steps Nullable(UInt64),
            calls Nullable(UInt64),
            tokens Nullable(UInt64)
        ))'
    ) AS recoveries,
    CAST(
        files.files,
        'Array(Tuple(
            path String,
            n_reads UInt32,
            n_modifications UInt32,
            n_actions UInt32,
            n_diffs UInt32,
            was_read Bool,
            was_modified Bool
        ))'
    ) AS files,
    CAST(
        judgements.judgements,
        'Array(Tuple(
            kept Bool,
            confidence Nullable(Float64),
            impact Nullable(Float64),
            tokens_before Nullable(UInt64),
            kb_before Nullable(Float64),
            is_regretted Bool
        ))'
    ) AS judgements
FROM ${database}.sum_run_labels_of(run_ids = {run_ids:Array(UUID)}) AS labels
INNER JOIN contents ON contents.run_id = labels.run_id
LEFT JOIN turns
    ON turns.experiment_id = labels.experiment_id
    AND turns.run_id = labels.run_id
LEFT JOIN links
    ON links.experiment_id = labels.experiment_id
    AND links.run_id = labels.run_id
LEFT JOIN recoveries
    ON recoveries.experiment_id = labels.experiment_id
    AND recoveries.run_id = labels.run_id
LEFT JOIN files
    ON files.experiment_id = labels.experiment_id
    AND files.run_id = labels.run_id
LEFT JOIN judgements
    ON judgements.experiment_id = labels.experiment_id
    AND judgements.run_id = labels.run_id;
