-- question:     How many context decisions were made in each run, and what did making them cost?
-- grain:        one row per run that has a context decision
-- keys:         experiment_id, run_id
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars, both exact
-- denominators: none
-- late, duplicate, missing: a bucket that no decision states is NULL; steps may or may not hold the same model calls
-- operational:  no
CREATE OR REPLACE VIEW fct_run_decision_totals AS
SELECT
    made.experiment_id AS experiment_id,
    made.run_id AS run_id,
    count() AS context_decisions,
    sum(made.input_tokens) AS input_tokens,
    sum(made.cache_read_tokens) AS cache_read_tokens,
    sum(made.cache_write_tokens) AS cache_write_tokens,
    sum(made.output_tokens) AS output_tokens,
    sum(made.reasoning_tokens) AS reasoning_tokens,
    sum(toUInt128(made.nano_aiu)) AS nano_aiu,
    sum(toUInt128(made.nano_usd)) AS nano_usd
FROM stg_context_decisions AS made
GROUP BY
    made.experiment_id,
    made.run_id;
