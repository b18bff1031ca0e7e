-- question:     How many events were received in each minute, and how long after they were emitted?
-- grain:        one row per minute of received_at, is_live and lag_us
-- keys:         minute, is_live, lag_us
-- units:        as events_by_minute; lag_us_max not rounded
-- denominators: none
-- late, duplicate, missing: counts the rows of events, duplicates too until the engine merges them; is_live: with an epoch (imports and
--               foreign streams, epoch 0, tell of the past, their lag_us is 0)
-- operational:  yes
-- Word for word what the projection events_by_minute groups by: only then is it read.
CREATE OR REPLACE VIEW stg_events_by_minute AS
SELECT
    toStartOfMinute(received_at) AS minute,
    epoch > 0 AS is_live,
    if(
        epoch > 0,
        intDiv(
            dateDiff('microsecond', ts, received_at),
            greatest(intDiv(roundToExp2(abs(dateDiff('microsecond', ts, received_at))), 32), 1)
        ) * greatest(intDiv(roundToExp2(abs(dateDiff('microsecond', ts, received_at))), 32), 1),
        0
    ) AS lag_us,
    count() AS n_events,
    max(dateDiff('microsecond', ts, received_at)) AS lag_us_max
FROM events
GROUP BY
    toStartOfMinute(received_at),
    epoch > 0,
    if(
        epoch > 0,
        intDiv(
            dateDiff('microsecond', ts, received_at),
            greatest(intDiv(roundToExp2(abs(dateDiff('microsecond', ts, received_at))), 32), 1)
        ) * greatest(intDiv(roundToExp2(abs(dateDiff('microsecond', ts, received_at))), 32), 1),
        0
    );
