-- question:     What does the price book say as a whole, and has it changed?
-- grain:        one row
-- keys:         prices_hash
-- units:        model_keys in order of name; periods has for each of them, in order of time: (valid_from, nano-AIU per token
--               of input, cache_read, cache_write, output); loaded_at in UTC microseconds
-- denominators: none
-- late, duplicate, missing: prices as stg_prices says; the same prices have the same prices_hash, whoever loaded them and when.
--               Without a price the lists are empty. loaded_at is when any book was last loaded
-- operational:  yes (loaded_at belongs to a start or a command)
-- One row, so that a query reads the hash and the prices it stands for at one moment.
CREATE OR REPLACE VIEW stg_price_book AS
WITH
    books AS
    (
        SELECT
            model_key,
            arraySort(
                groupArray(
                    tuple(
                        valid_from,
                        input_nano_aiu,
                        cache_read_nano_aiu,
                        cache_write_nano_aiu,
                        output_nano_aiu
                    )
                )
            ) AS periods
        FROM stg_prices
        GROUP BY model_key
    ),
    sorted AS
    (
        SELECT arraySort(book -> book.1, groupArray(tuple(model_key, periods))) AS priced
        FROM books
    )
SELECT
    reinterpretAsUInt128(sipHash128(toString(priced))) AS prices_hash,
    (SELECT max(loaded_at) FROM prices) AS loaded_at,
    priced.1 AS model_keys,
    priced.2 AS periods
FROM sorted;
