-- question:     What did each turn of a run use, cost and call, and how did its context grow?
-- grain:        one row per turn of the run run_id, superseded or not
-- keys:         turn_no
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; aiu in AIU; _ms in milliseconds; ratios 0 to 1; turn_no and
--               agent_turn_no from 1
-- denominators: cache_hit_ratio = cache_read_tokens / prompt_tokens, with prompt_tokens = input_tokens + cache_read_tokens +
--               cache_write_tokens as far as stated. NULL when the denominator is 0
-- late, duplicate, missing: what a turn is and what belongs to it, sum_turn_entries says; turn is the source's own number. A
--               bucket that none of its steps states is NULL. cost_nano_aiu is what they state; where no step of the run
--               states any, what the price book makes of them. context_tokens is the fill after the turn,
--               context_tokens_added what was added since the turn before of the same agent (negative after a compaction).
--               total_tokens_so_far and cost_nano_aiu_so_far add up the turns until here. Where run_stop states other totals
--               than the steps add up to, rpt_token_audit says so
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_turns AS
SELECT
    turns.turn_no AS turn_no,
    turns.turn AS turn,
    turns.agent_id AS agent_id,
    turns.agent_turn_no AS agent_turn_no,
    turns.n_steps AS n_steps,
    turns.n_tool_calls AS n_tool_calls,
    turns.n_tool_failures AS n_tool_failures,
    turns.input_tokens AS input_tokens,
    turns.cache_read_tokens AS cache_read_tokens,
    turns.cache_write_tokens AS cache_write_tokens,
    turns.output_tokens AS output_tokens,
    turns.reasoning_tokens AS reasoning_tokens,
    turns.prompt_tokens AS prompt_tokens,
    turns.total_tokens AS total_tokens,
    turns.cache_read_tokens / nullIf(turns.prompt_tokens, 0) AS cache_hit_ratio,
    turns.nano_aiu AS nano_aiu,
    turns.cost_nano_aiu AS cost_nano_aiu,
    turns.cost_nano_aiu / 1000000000 AS cost_aiu,
    sum(turns.total_tokens) OVER so_far AS total_tokens_so_far,
    sum(turns.cost_nano_aiu) OVER so_far AS cost_nano_aiu_so_far,
    turns.context_tokens AS context_tokens,
    toInt64(turns.context_tokens) - toInt64(
        lagInFrame(turns.context_tokens) OVER
        (
            PARTITION BY turns.agent_id
            ORDER BY turns.turn_no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )
    ) AS context_tokens_added,
    turns.duration_ms AS duration_ms,
    turns.result_bytes AS result_bytes
FROM ${database}.fct_turns_of(run_id = {run_id:UUID}) AS turns
WINDOW so_far AS (ORDER BY turns.turn_no ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
ORDER BY turn_no;
