-- question:     In which order did each run call its tools, and was what came next a failure?
-- grain:        one row per run with a tool call that is neither superseded nor of an excluded trial; experiment is a parameter
-- keys:         run_id
-- units:        calls in order: (line (a number for emitter and agent_id), tool_name, has_failed, is_followed_by_failure); n_runs,
--               n_incomplete and n_excluded are those of the policy (fct_policy_runs)
-- denominators: none
-- late, duplicate, missing: the calls of one emitter and agent_id are a line: consecutive in order of (epoch, seq), or of
--               (ts, seq) where the emitter does not number its events (smith, otlp); where a call is missing its neighbours
--               count as consecutive. A call failed if it says so, if it does not say and its exit_kind is not 'ok', or,
--               whatever it says, if a failure event of its run names its tool_call_id, and is NULL if nothing is known. Any
--               other failure event without a tool_call_id stands in the line where it was sent. A call is followed by a
--               failure if the next thing in its line is such an event or a failed call; NULL if the next call says nothing,
--               and for the last thing of a line while the run is open
-- operational:  no
CREATE OR REPLACE VIEW fct_call_lines AS
WITH
    -- Lines as numbers: texts sort slowly.
    entries AS
    (
        SELECT
            made.run_id AS run_id,
            tuple(
                sipHash64(made.emitter, ifNull(made.agent_id, '')),
                made.epoch,
                if(made.emitter IN ('smith', 'otlp'), toUnixTimestamp64Micro(made.ts), 0),
                made.seq,
                0,
                toString(made.name),
                if(
                    (made.run_id, ifNull(made.tool_call_id, '')) IN (
                        SELECT
                            named.run_id,
                            assumeNotNull(named.tool_call_id)
                        FROM stg_failures AS named
                        WHERE named.experiment_id = {experiment:String} AND isNotNull(named.tool_call_id)
                    ),
                    true,
                    coalesce(made.failed, made.exit_kind != 'ok')
                )::Nullable(Bool)
            ) AS entry
        FROM stg_tool_calls AS made
        WHERE made.experiment_id = {experiment:String}
        UNION ALL
        SELECT
            found.run_id AS run_id,
            tuple(
                sipHash64(found.emitter, ifNull(found.agent_id, '')),
                found.epoch,
                if(found.emitter IN ('smith', 'otlp'), toUnixTimestamp64Micro(found.ts), 0),
                found.seq,
                1,
                '',
                true::Nullable(Bool)
            ) AS entry
        FROM stg_failures AS found
        WHERE found.experiment_id = {experiment:String} AND isNull(found.tool_call_id)
    ),
    lines AS
    (
        SELECT
            run_id,
            arraySort(groupArray(entry)) AS ordered
        FROM entries
        GROUP BY run_id
        HAVING min(entry.5) = 0
    )
SELECT
    runs.run_id AS run_id,
    runs.policy_id AS policy_id,
    runs.n_runs AS n_runs,
    runs.n_incomplete AS n_incomplete,
    runs.n_excluded AS n_excluded,
    arrayMap(
        linked -> tuple(linked.1.1, linked.1.6, linked.1.7, linked.2),
        arrayFilter(
            linked -> linked.1.5 = 0,
            arrayMap(
                (entry, next) -> tuple(
                    entry,
                    if(
                        entry.1 = next.1,
                        next.7,
                        if(runs.is_stopped, false, NULL)
                    )::Nullable(Bool)
                ),
                lines.ordered,
                arrayPushBack(arrayPopFront(lines.ordered), tuple(0, 0, 0, 0, 0, '', NULL))
            )
        )
    ) AS calls
FROM lines
INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = lines.run_id
WHERE NOT runs.is_excluded;
