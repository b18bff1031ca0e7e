-- question:     Which prices of the price book apply to each model that any run names?
-- grain:        one row per name of a model that the price book knows
-- keys:         model (as runs name it)
-- units:        matched: the name in the book; periods in order of time: (valid_from, nano-AIU per token of input, cache_read,
--               cache_write, output)
-- denominators: none
-- late, duplicate, missing: names are looked up as sum_runs_of says, when the row of a run is computed. A name without a match has no
--               row: its price is unknown. All names that are stored count, also those of superseded runs
-- operational:  no
CREATE OR REPLACE VIEW fct_model_prices AS
WITH
    named AS
    (
        SELECT arrayJoin(groupUniqArrayArray(arrayMap(priced -> tuple(priced.model, priced.matched), model_prices))) AS names
        FROM sum_runs
    ),
    books AS
    (
        SELECT
            model_key,
            book_periods
        FROM stg_price_book
        ARRAY JOIN
            model_keys AS model_key,
            periods AS book_periods
    )
SELECT
    toString(named.names.1) AS model,
    books.model_key AS matched,
    books.book_periods AS periods
FROM named
INNER JOIN books ON books.model_key = named.names.2
ORDER BY
    model,
    matched
LIMIT 1 BY model;
