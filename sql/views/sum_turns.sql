-- question:     What did each turn use and call, and how full was the context after it?
-- grain:        one row per turn; of each run another for what belongs to no turn (turn_no NULL), if there is any
-- keys:         experiment_id, run_id, turn_no
-- units:        tokens as counts; nano_aiu in 10^-9 AIU as steps state it, exact; duration_ms in milliseconds; turn_no and agent_turn_no
--               from 1; phase 1 to 5; calls in order of name: (tool, whether it failed, bytes of its result); usages: (model,
--               input, cache_read, cache_write and output tokens) of each step whose cost is to be derived; compactions in
--               order of place: what the decision says itself, entry by entry of sum_turn_entries
-- denominators: none
-- late, duplicate, missing: what a turn is and what belongs to it sum_turn_entries says. Ask for few runs, by experiment_id and
--               run_id. turn is the source's own number, turn_no the place among the run's turns in the order in which they begin,
--               agent_turn_no that among the turns of its agent; the main agent is the one whose turn comes first. phase:
--               contiguous groups of turns whose sizes differ by one at most, larger ones first (Bai et al., How Do AI Agents Spend
--               Your Money?, finding 6; bounds as numpy.array_split's), 0 in a run of fewer than five turns. A bucket that none of
--               the turn's steps states is NULL; context_tokens is the fill that the last step with any states,
--               context_tokens_added how much fuller it is after the agent's next turn. Only steps that state input and output can
--               have a cost derived, where no step of the run states one; a model that a step does not name is NULL, and model is
--               that of the turn's last step. Durations add up the steps, not the calls
-- operational:  no
CREATE OR REPLACE VIEW sum_turns AS
WITH
    summed AS
    (
        SELECT
            experiment_id,
            run_id,
            -- What belongs to no turn is one row, whoever did it.
            if(isNull(turn_key), NULL, agent_id) AS agent_id,
            isNull(turn_key) AS is_none,
            min(entries.place) AS place,
            min(entries.turn) AS turn,
            countIf(entry = 'step') AS n_steps,
            countIf(entry = 'step' AND isNotNull(entries.nano_aiu)) AS n_stating_costs,
            arraySort(groupArrayIf(tuple(said.9, ifNull(said.10, false), said.11), entry = 'tool_call')) AS calls,
            sum(said.2) AS input_tokens,
            sum(said.3) AS cache_read_tokens,
            sum(said.4) AS cache_write_tokens,
            sum(said.5) AS output_tokens,
            sum(said.6) AS reasoning_tokens,
            sum(toUInt128(entries.nano_aiu)) AS nano_aiu,
            arraySort(
                groupArrayIf(
                    tuple(said.1, ifNull(said.2, 0), ifNull(said.3, 0), ifNull(said.4, 0), ifNull(said.5, 0)),
                    isNotNull(said.2) AND isNotNull(said.5)
                )
            ) AS known_usages,
            -- A tuple is never NULL; argMax would look for a step that names a model.
            argMax(tuple(said.1), tuple(entry = 'step', entries.place)).1 AS model,
            argMaxIf(said.7, entries.place, isNotNull(said.7)) AS context_tokens,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArrayIf(said.8, entry = 'step')) AS durations_ms,
            arraySort(
                made -> made.1,
                groupArrayIf(
                    tuple(
                        entries.place,
                        emitter,
                        epoch,
                        seq,
                        ts,
                        entries.agent_id,
                        said.9,
                        said.1,
                        said.2,
                        said.3,
                        said.4,
                        said.5,
                        entries.nano_aiu,
                        said.8,
                        said.12
                    ),
                    entry = 'context_decision' AND said.9 IN ('compaction', 'truncation')
                )
            ) AS compactions
        FROM sum_turn_entries AS entries
        GROUP BY
            experiment_id,
            run_id,
            agent_id,
            turn_key
    ),
    numbered AS
    (
        SELECT
            *,
            row_number() OVER of_run AS no,
            countIf(NOT is_none) OVER of_run AS n_turns,
            minIf(place, NOT is_none) OVER of_run AS first_place,
            sum(n_stating_costs) OVER of_run > 0 AS has_stated_costs,
            row_number() OVER of_agent AS agent_turn_no,
            minIf(place, NOT is_none) OVER of_agent AS first_place_of_agent,
            maxIf(place, NOT is_none) OVER of_agent AS last_place_of_agent,
            leadInFrame(context_tokens) OVER of_agent AS next_context_tokens
        FROM summed
        WINDOW
            of_run AS (
                PARTITION BY experiment_id, run_id
                ORDER BY is_none, place
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            of_agent AS (
                PARTITION BY experiment_id, run_id, agent_id
                ORDER BY is_none, place
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            )
    )
SELECT
    experiment_id,
    run_id,
    if(is_none, NULL, no) AS turn_no,
    place,
    agent_id,
    turn,
    agent_turn_no,
    first_place_of_agent = first_place AS is_main_agent,
    -- The first n_turns % 5 phases have a turn more than the others.
    intDiv(n_turns, 5) AS turns_of_phase,
    n_turns % 5 * (turns_of_phase + 1) AS turns_of_larger,
    toUInt8(
        multiIf(
            n_turns < 5 OR is_none, 0,
            no <= turns_of_larger, intDiv(no - 1, turns_of_phase + 1) + 1,
            5 - intDiv(n_turns - no, greatest(turns_of_phase, 1))
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
    if(has_stated_costs, [], known_usages) AS usages,
    model,
    context_tokens,
    if(is_none OR place = last_place_of_agent, NULL, toInt64(next_context_tokens) - toInt64(context_tokens)) AS context_tokens_added,
    if(empty(durations_ms), NULL, arraySum(durations_ms)) AS duration_ms,
    compactions
FROM numbered
SETTINGS analyzer_inline_views = 1;
