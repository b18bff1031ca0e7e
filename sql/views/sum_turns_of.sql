-- question:     What did each turn of these runs use and call, and how full was the context after it?
-- grain:        one row per turn of run_ids; of each run another for what belongs to no turn (turn_no NULL), if there is any
-- keys:         experiment_id, run_id, turn_no
-- units:        tokens as counts; nano_aiu in 10^-9 AIU as steps state it, exact; duration_ms in milliseconds; turn_no and agent_turn_no
--               from 1; phase 1 to 5; calls in order of name: (tool, whether it failed, bytes of its result); usages: (model,
--               input, cache_read, cache_write and output tokens) of each step whose cost is to be derived; compactions in
--               order of place: what the decision says itself, entry by entry of sum_turn_entries_of
-- denominators: none
-- late, duplicate, missing: the parameters, what a turn is and what belongs to it are those of sum_turn_entries_of. turn is the source's
--               own number, turn_no the place among the run's turns in the order in which they begin, agent_turn_no that among
--               the turns of its agent; the main agent is the one whose turn comes first. phase: contiguous groups of turns whose
--               sizes differ by one at most, larger ones first (Bai et al., How Do AI Agents Spend Your Money?, finding 6; bounds
--               as numpy.array_split's), 0 in a run of fewer than five turns. A bucket that none of the turn's steps states is NULL;
--               context_tokens is the fill that the last step with any states, context_tokens_added how much fuller it is
--               after the agent's next turn. Only steps that state input and output can have a cost derived, where no step of
--               the run states one; a model that a step does not name is NULL, and model is that of the turn's last step.
--               Durations add up the steps, not the calls
-- operational:  no
CREATE OR REPLACE VIEW sum_turns_of AS
WITH
    summed AS
    (
        SELECT
            entries.experiment_id AS experiment_id,
            entries.run_id AS run_id,
            entries.turn_no AS turn_no,
            min(entries.turn_place) AS place,
            min(entries.agent_id) AS agent_id,
            min(entries.turn) AS turn,
            countIf(entries.entry = 'step') AS n_steps,
            arraySort(
                groupArrayIf(
                    tuple(entries.name, ifNull(entries.has_failed, false), entries.result_bytes),
                    entries.entry = 'tool_call'
                )
            ) AS calls,
            sum(entries.input_tokens) AS input_tokens,
            sum(entries.cache_read_tokens) AS cache_read_tokens,
            sum(entries.cache_write_tokens) AS cache_write_tokens,
            sum(entries.output_tokens) AS output_tokens,
            sum(entries.reasoning_tokens) AS reasoning_tokens,
            sum(toUInt128(entries.nano_aiu)) AS nano_aiu,
            arraySort(
                groupArrayIf(
                    tuple(
                        entries.model,
                        ifNull(entries.input_tokens, 0),
                        ifNull(entries.cache_read_tokens, 0),
                        ifNull(entries.cache_write_tokens, 0),
                        ifNull(entries.output_tokens, 0)
                    ),
                    NOT entries.has_stated_costs AND isNotNull(entries.input_tokens) AND isNotNull(entries.output_tokens)
                )
            ) AS usages,
            -- A tuple is never NULL; argMax would look for a step that names a model.
            argMax(tuple(entries.model), tuple(entries.entry = 'step', entries.place)).1 AS model,
            argMaxIf(entries.context_tokens, entries.place, isNotNull(entries.context_tokens)) AS context_tokens,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArrayIf(entries.duration_ms, entries.entry = 'step')) AS durations_ms,
            arraySort(
                made -> made.1,
                groupArrayIf(
                    tuple(
                        entries.place,
                        entries.emitter,
                        entries.epoch,
                        entries.seq,
                        entries.ts,
                        entries.agent_id,
                        entries.name,
                        entries.model,
                        entries.input_tokens,
                        entries.cache_read_tokens,
                        entries.cache_write_tokens,
                        entries.output_tokens,
                        entries.nano_aiu,
                        entries.duration_ms,
                        entries.decision
                    ),
                    entries.entry = 'context_decision' AND entries.name IN ('compaction', 'truncation')
                )
            ) AS compactions
        FROM ${database}.sum_turn_entries_of(
            experiment = {experiment:String},
            run_ids = {run_ids:Array(UUID)}
        ) AS entries
        GROUP BY
            entries.experiment_id,
            entries.run_id,
            entries.turn_no
    )
SELECT
    experiment_id,
    run_id,
    turn_no,
    place,
    agent_id,
    turn,
    row_number() OVER of_agent AS agent_turn_no,
    min(turn_no) OVER of_agent = 1 AS is_main_agent,
    ifNull(max(turn_no) OVER (PARTITION BY experiment_id, run_id), 0) AS n_turns,
    intDiv(n_turns, 5) AS turns_of_phase,
    n_turns % 5 * (turns_of_phase + 1) AS turns_of_larger,
    toUInt8(
        multiIf(
            n_turns < 5 OR isNull(turn_no), 0,
            turn_no <= turns_of_larger, intDiv(assumeNotNull(turn_no) - 1, turns_of_phase + 1) + 1,
            5 - intDiv(n_turns - assumeNotNull(turn_no), greatest(turns_of_phase, 1))
        )
    ) AS phase,
    n_steps,
    length(calls) AS n_tool_calls,
    arrayCount(call -> call.2, calls) AS n_tool_failures,
    calls,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    nano_aiu,
    usages,
    model,
    context_tokens,
    if(
        turn_no = max(turn_no) OVER (PARTITION BY experiment_id, run_id, agent_id),
        NULL,
        toInt64(leadInFrame(context_tokens) OVER until_end) - toInt64(context_tokens)
    ) AS context_tokens_added,
    if(empty(durations_ms), NULL, arraySum(durations_ms)) AS duration_ms,
    compactions
FROM summed
WINDOW
    of_agent AS (
        PARTITION BY experiment_id, run_id, agent_id
        ORDER BY turn_no ASC NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ),
    until_end AS (
        PARTITION BY experiment_id, run_id, agent_id
        ORDER BY turn_no ASC NULLS LAST
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    );
