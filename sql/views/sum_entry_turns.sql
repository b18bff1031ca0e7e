-- question:     Where in its run does each step and tool call stand, and in which turn, counted from 1?
-- grain:        one row per step that counts, tool_call and context_decision
-- keys:         experiment_id, run_id, place
-- units:        place and turn_no from 1
-- denominators: none
-- late, duplicate, missing: order and turns as sum_turn_entries says, which tells how to ask; turn_no counts the run's turns in
--               the order in which they begin, as sum_turns does, and is NULL for what belongs to none
-- operational:  no
CREATE OR REPLACE VIEW sum_entry_turns AS
WITH
    began AS
    (
        SELECT
            experiment_id,
            run_id,
            place,
            entry,
            emitter,
            epoch,
            seq,
            if(
                isNull(turn_key),
                NULL,
                min(place) OVER (PARTITION BY experiment_id, run_id, agent_id, turn_key)
            ) AS turn_place
        FROM sum_turn_entries
    )
SELECT
    experiment_id,
    run_id,
    place,
    entry,
    emitter,
    epoch,
    seq,
    if(
        isNull(turn_place),
        NULL,
        dense_rank() OVER (PARTITION BY experiment_id, run_id ORDER BY turn_place ASC NULLS LAST)
    ) AS turn_no
FROM began
SETTINGS analyzer_inline_views = 1;
