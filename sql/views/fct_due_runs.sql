-- question:     Of which runs does a stored row perhaps not tell all that is stored, or price them by an earlier price book?
-- grain:        one row per run and stored row of it that is missing, not known to be complete, or of an earlier price book
-- keys:         stored_in ('sum_runs', 'sum_sessions'), run_id
-- units:        due_since in UTC microseconds, by the clock of the server that inserted
-- denominators: none
-- late, duplicate, missing: a run is due while it was touched at or after the complete_until of its row (reason 'touched', since
--               it was), while it has no row (reason 'missing', since it was last touched) and while its prices_hash is not
--               that of the price book in effect (reason 'prices', since a book was last loaded; rows of sessions have no
--               prices). The first of missing, touched and prices that holds is named. Rows inserted before touches were
--               noted make a run due only while it has no row, and then due_since is NULL
-- operational:  yes
CREATE OR REPLACE VIEW fct_due_runs AS
WITH
    (SELECT prices_hash FROM stg_price_book) AS current_prices_hash,
    (SELECT loaded_at FROM stg_price_book) AS prices_loaded_at,
    seen AS
    (
        SELECT
            run_id,
            min(experiment_id) AS experiment_id
        FROM stg_emitters
        GROUP BY run_id
    ),
    looked_at AS
    (
        SELECT
            'sum_runs' AS stored_in,
            run_id,
            1 AS is_there,
            argMax(complete_until, version) AS complete_until,
            argMax(prices_hash, version) != current_prices_hash AS is_of_earlier_prices
        FROM sum_runs_stored
        GROUP BY run_id
        UNION ALL
        SELECT
            'sum_sessions' AS stored_in,
            run_id,
            1 AS is_there,
            argMax(complete_until, version) AS complete_until,
            0 AS is_of_earlier_prices
        FROM sum_sessions_stored
        GROUP BY run_id
    ),
    wanted AS
    (
        SELECT
            arrayJoin(['sum_runs', 'sum_sessions']) AS stored_in,
            experiment_id,
            run_id
        FROM seen
    ),
    touched AS
    (
        SELECT
            run_id,
            toNullable(touched_at) AS touched_at
        FROM stg_run_touches
    )
SELECT
    wanted.stored_in AS stored_in,
    wanted.experiment_id AS experiment_id,
    wanted.run_id AS run_id,
    multiIf(
        ifNull(looked_at.is_there, 0) = 0, 'missing',
        ifNull(touched.touched_at >= looked_at.complete_until, false), 'touched',
        looked_at.is_of_earlier_prices, 'prices',
        NULL
    ) AS reason,
    if(reason = 'prices', prices_loaded_at, touched.touched_at) AS due_since
FROM wanted
LEFT JOIN looked_at
    ON looked_at.stored_in = wanted.stored_in
    AND looked_at.run_id = wanted.run_id
LEFT JOIN touched ON touched.run_id = wanted.run_id
WHERE isNotNull(reason);
