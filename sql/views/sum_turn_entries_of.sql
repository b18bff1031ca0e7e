-- question:     Which turn does each step and tool call belong to?
-- grain:        one row per step that counts, tool_call and context_decision; of one experiment, of some runs, or of both
-- keys:         experiment_id, run_id, place
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; _ms in milliseconds; place and turn_no from 1
-- denominators: none
-- late, duplicate, missing: order as sum_entries_of says. A turn is that of an agent: (agent_id, turn). A call that names none belongs
--               to that of its agent's last step before it which has its step_id and names one; decisions, users' and systems'
--               steps and what names no turn belong to none. In a run that names no turns at all each step (step_id) of an
--               agent is one. turn_no counts them in the order in which they begin; turn_place is where one begins.
--               has_stated_costs says that any step of the run states its cost
-- operational:  no
CREATE OR REPLACE VIEW sum_turn_entries_of AS
WITH
    found AS
    (
        SELECT
            *,
            entry = 'tool_call' OR entry = 'step' AND name NOT IN ('user', 'system') AS is_of_turns,
            argMaxIf(turn, place, entry = 'step' AND is_of_turns) OVER earlier AS turn_of_step,
            countIf(entry = 'step' AND is_of_turns) OVER earlier > 0 AS has_step,
            multiIf(
                NOT is_of_turns, NULL,
                isNotNull(turn), turn,
                entry = 'tool_call' AND isNotNull(step_id), turn_of_step,
                NULL
            ) AS known_turn
        FROM ${database}.sum_entries_of(experiment = {experiment:String}, run_ids = {run_ids:Array(UUID)})
        WINDOW earlier AS
        (
            PARTITION BY
                experiment_id,
                run_id,
                agent_id,
                step_id
            ORDER BY place
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )
    ),
    keyed AS
    (
        SELECT
            *,
            countIf(isNotNull(known_turn)) OVER (PARTITION BY experiment_id, run_id) > 0 AS has_turns,
            multiIf(
                isNotNull(known_turn), concat('turn ', toString(known_turn)),
                has_turns OR NOT is_of_turns, NULL,
                isNotNull(step_id) AND has_step, concat('step ', step_id),
                entry = 'step', concat('place ', toString(place)),
                NULL
            ) AS turn_key
        FROM found
    ),
    began AS
    (
        SELECT
            *,
            if(
                isNull(turn_key),
                NULL,
                min(place) OVER (PARTITION BY experiment_id, run_id, agent_id, turn_key)
            ) AS turn_place
        FROM keyed
    ),
    numbered AS
    (
        SELECT
            *,
            if(
                isNull(turn_place),
                NULL,
                dense_rank() OVER (PARTITION BY experiment_id, run_id ORDER BY turn_place ASC NULLS LAST)
            ) AS turn_no,
            countIf(entry = 'step' AND isNotNull(nano_aiu)) OVER (PARTITION BY experiment_id, run_id) > 0 AS has_stated_costs
        FROM began
    )
SELECT
    experiment_id,
    run_id,
    place,
    entry,
    emitter,
    epoch,
    seq,
    ts,
    step_id,
    agent_id,
    turn,
    turn_no,
    turn_place,
    name,
    model,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    nano_aiu,
    has_stated_costs,
    context_tokens,
    duration_ms,
    has_failed,
    result_bytes,
    decision
FROM numbered;
