-- question:     Which events came with contents that contradict each other, and when was that to be seen?
-- grain:        one row per identity with more than one content
-- keys:         run_id, emitter, epoch, seq
-- units:        seen_at in UTC microseconds
-- denominators: none
-- late, duplicate, missing: n_conflicts counts the contents beyond the first; seen_at is the received_at of the last of them.
--               Copies of one content are no conflict, however many were delivered. Only runs whose row in sum_runs tells of
--               one are looked through, so a conflict shows once the consumer has looked at its run
-- operational:  yes (seen_at belongs to a delivery)
CREATE OR REPLACE VIEW fct_conflicts AS
SELECT
    sent.run_id AS run_id,
    sent.emitter AS emitter,
    sent.epoch AS epoch,
    sent.seq AS seq,
    toUInt64(uniqExact(tuple(sent.payload_hash, sent.envelope_hash)) - 1) AS n_conflicts,
    max(sent.received_at) AS seen_at
FROM stg_event_rows AS sent
WHERE sent.run_id IN
(
    SELECT run_id
    FROM sum_runs
    WHERE n_contents > n_events
)
GROUP BY
    sent.run_id,
    sent.emitter,
    sent.epoch,
    sent.seq
HAVING n_conflicts > 0;
