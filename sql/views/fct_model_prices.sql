-- question:     Which prices of the price book apply to each model that any run names?
-- grain:        one row per name of a model that the price book knows
-- keys:         model (as runs name it)
-- units:        periods in order of time: (valid_from, nano-AIU per token of input, cache_read, cache_write, output)
-- denominators: none
-- late, duplicate, missing: the first of these names that the book has wins, the more exact one before the less:
--               1 the name itself; 2 what follows its last slash (anthropic/…, openrouter/anthropic/…); 3 that without the
--               region and vendor of a cloud (us.anthropic.…); 4 that without an @version or a -v1:0; 5 that without
--               a date or -latest at its end (-20250514, -2025-08-07). A name without a match has no row: its price is unknown.
--               All names that are stored count, also those of rows that lost a conflict; this is a list to look up in
-- operational:  yes (until they are merged, rows that lost a conflict name models too)
CREATE OR REPLACE VIEW fct_model_prices AS
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
    named AS
    (
        SELECT arrayJoin(groupUniqArrayArray(model_names)) AS model FROM sum_runs
    ),
    spelled AS
    (
        SELECT
            toString(model) AS model,
            replaceRegexpAll(lower(trimBoth(model)), '(\\d)\\.(\\d)', '\\1-\\2') AS whole,
            replaceRegexpOne(whole, '^.*/', '') AS without_path,
            replaceRegexpOne(without_path, '^(?:[a-z]{2,6}(?:-[a-z]+)?\\.)?[a-z0-9]+\\.([a-z])', '\\1') AS without_vendor,
            replaceRegexpOne(without_vendor, '(?:@.*|-v\\d+:\\d+)$', '') AS without_version,
            replaceRegexpOne(without_version, '-(?:20\\d{6}|20\\d\\d-\\d\\d-\\d\\d|latest)$', '') AS without_date
        FROM named
    ),
    looked_up AS
    (
        SELECT
            model,
            name,
            rule
        FROM spelled
        ARRAY JOIN
            [whole, without_path, without_vendor, without_version, without_date] AS name,
            [1, 2, 3, 4, 5] AS rule
    )
SELECT
    looked_up.model AS model,
    looked_up.name AS matched,
    looked_up.rule AS rule,
    books.periods AS periods
FROM looked_up
INNER JOIN books ON books.model_key = looked_up.name
ORDER BY
    model,
    rule
LIMIT 1 BY model;
