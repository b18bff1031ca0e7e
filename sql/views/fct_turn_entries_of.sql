-- question:     Which turn does each step and tool call belong to, and what did it cost?
-- grain:        one row per step that counts, tool_call and context_decision; of one experiment, of some runs, or of both
-- keys:         experiment_id, run_id, place
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; _ms in milliseconds; place and turn_no from 1
-- denominators: none
-- late, duplicate, missing: turns and their order as sum_turn_entries_of says. cost_nano_aiu is what the entry states; of a decision
--               that states none, and of steps where no step of the run does, what the price book makes of its tokens: NULL
--               unless input and output are known and each bucket with tokens has a price. The price is that of the model that
--               the entry names, else of the run's main model, on the day the run started (fct_runs)
-- operational:  no
CREATE OR REPLACE VIEW fct_turn_entries_of AS
WITH
    runs AS
    (
        SELECT
            experiment_id,
            run_id,
            model,
            model_prices
        FROM sum_runs
        WHERE ({experiment:String} = '' OR experiment_id = {experiment:String})
            AND (empty({run_ids:Array(UUID)}) OR run_id IN {run_ids:Array(UUID)})
    ),
    runs.model_prices[indexOf(runs.model_prices.model, ifNull(coalesce(entries.model, runs.model), ''))] AS token_prices
SELECT
    entries.experiment_id AS experiment_id,
    entries.run_id AS run_id,
    entries.place AS place,
    entries.entry AS entry,
    entries.emitter AS emitter,
    entries.epoch AS epoch,
    entries.seq AS seq,
    entries.ts AS ts,
    entries.step_id AS step_id,
    entries.agent_id AS agent_id,
    entries.turn AS turn,
    entries.turn_no AS turn_no,
    entries.turn_place AS turn_place,
    entries.name AS name,
    coalesce(entries.model, runs.model) AS model,
    entries.input_tokens AS input_tokens,
    entries.cache_read_tokens AS cache_read_tokens,
    entries.cache_write_tokens AS cache_write_tokens,
    entries.output_tokens AS output_tokens,
    entries.reasoning_tokens AS reasoning_tokens,
    entries.nano_aiu AS nano_aiu,
    if(
        isNotNull(entries.nano_aiu) OR entries.has_stated_costs AND entries.entry = 'step',
        toUInt128(entries.nano_aiu),
        if(isNull(entries.input_tokens) OR isNull(entries.output_tokens), NULL, toUInt128(0))
            + if(ifNull(entries.input_tokens, 0) = 0, 0, toUInt128(entries.input_tokens) * token_prices.3)
            + if(ifNull(entries.cache_read_tokens, 0) = 0, 0, toUInt128(entries.cache_read_tokens) * token_prices.4)
            + if(ifNull(entries.cache_write_tokens, 0) = 0, 0, toUInt128(entries.cache_write_tokens) * token_prices.5)
            + if(ifNull(entries.output_tokens, 0) = 0, 0, toUInt128(entries.output_tokens) * token_prices.6)
    ) AS cost_nano_aiu,
    entries.context_tokens AS context_tokens,
    entries.duration_ms AS duration_ms,
    entries.has_failed AS has_failed,
    entries.result_bytes AS result_bytes
FROM ${database}.sum_turn_entries_of(
    experiment = {experiment:String},
    run_ids = {run_ids:Array(UUID)}
) AS entries
INNER JOIN runs
    ON runs.experiment_id = entries.experiment_id
    AND runs.run_id = entries.run_id;
