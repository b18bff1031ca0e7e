-- question:     What did each step of a run do, use and cost, and how full was the context after it?
-- grain:        one row per step that counts of the run run_id, superseded or not
-- keys:         place
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; aiu in AIU; _ms in milliseconds; reward in the environment's own
--               scale; place and turn_no from 1
-- denominators: cache_hit_ratio = cache_read_tokens / (input_tokens + cache_read_tokens + cache_write_tokens). NULL when the
--               denominator is 0
-- late, duplicate, missing: steps that repeat earlier ones (is_copied_context) are left out. place counts steps, tool calls and
--               context decisions in their order (sum_entries_of), so steps leave numbers to the others; turn_no is that of
--               rpt_run_turns, NULL for users' and systems' steps and where no turn is named. model is the one the step names,
--               else the run's. cost_nano_aiu is what the step states; where no step of the run states any, what the price book
--               makes of it. total_tokens_so_far and cost_nano_aiu_so_far add up the steps until here
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_steps AS
WITH
    entries AS
    (
        SELECT
            place,
            turn_no,
            experiment_id,
            emitter,
            epoch,
            seq,
            ts,
            step_id,
            agent_id,
            name AS kind,
            model,
            input_tokens,
            cache_read_tokens,
            cache_write_tokens,
            output_tokens,
            reasoning_tokens,
            if(
                isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens, output_tokens)),
                NULL,
                ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) + ifNull(output_tokens, 0)
            ) AS total_tokens,
            nano_aiu,
            cost_nano_aiu,
            context_tokens,
            duration_ms
        FROM ${database}.fct_turn_entries_of(
            experiment = (SELECT max(toString(experiment_id)) FROM sum_runs WHERE run_id = {run_id:UUID}),
            run_ids = [{run_id:UUID}]
        )
        WHERE entry = 'step'
    ),
    steps AS
    (
        SELECT
            experiment_id,
            emitter,
            epoch,
            seq,
            step_no,
            llm_calls,
            api_time_ms,
            time_to_first_token_ms,
            context_limit_tokens,
            finish_reason,
            content_bytes,
            action_type,
            action_path,
            reward,
            cumulative_reward,
            test_pass_rate,
            error,
            security_flags
        FROM stg_steps
        WHERE experiment_id = (SELECT max(toString(experiment_id)) FROM sum_runs WHERE run_id = {run_id:UUID})
            AND run_id = {run_id:UUID}
    )
SELECT
    entries.place AS place,
    entries.turn_no AS turn_no,
    steps.step_no AS step_no,
    entries.ts AS ts,
    entries.emitter AS emitter,
    entries.epoch AS epoch,
    entries.seq AS seq,
    entries.step_id AS step_id,
    entries.agent_id AS agent_id,
    entries.kind AS kind,
    entries.model AS model,
    steps.llm_calls AS llm_calls,
    entries.input_tokens AS input_tokens,
    entries.cache_read_tokens AS cache_read_tokens,
    entries.cache_write_tokens AS cache_write_tokens,
    entries.output_tokens AS output_tokens,
    entries.reasoning_tokens AS reasoning_tokens,
    entries.total_tokens AS total_tokens,
    entries.cache_read_tokens / nullIf(
        ifNull(entries.input_tokens, 0) + entries.cache_read_tokens + ifNull(entries.cache_write_tokens, 0),
        0
    ) AS cache_hit_ratio,
    entries.nano_aiu AS nano_aiu,
    entries.cost_nano_aiu AS cost_nano_aiu,
    entries.cost_nano_aiu / 1000000000 AS cost_aiu,
    sum(entries.total_tokens) OVER so_far AS total_tokens_so_far,
    sum(entries.cost_nano_aiu) OVER so_far AS cost_nano_aiu_so_far,
    entries.context_tokens AS context_tokens,
    steps.context_limit_tokens AS context_limit_tokens,
    entries.duration_ms AS duration_ms,
    steps.api_time_ms AS api_time_ms,
    steps.time_to_first_token_ms AS time_to_first_token_ms,
    steps.finish_reason AS finish_reason,
    steps.content_bytes AS content_bytes,
    steps.action_type AS action_type,
    steps.action_path AS action_path,
    steps.reward AS reward,
    steps.cumulative_reward AS cumulative_reward,
    steps.test_pass_rate AS test_pass_rate,
    steps.error AS error,
    steps.security_flags AS security_flags
FROM entries
INNER JOIN steps
    ON steps.experiment_id = entries.experiment_id
    AND steps.emitter = entries.emitter
    AND steps.epoch = entries.epoch
    AND steps.seq = entries.seq
WINDOW so_far AS (ORDER BY entries.place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
ORDER BY place;
