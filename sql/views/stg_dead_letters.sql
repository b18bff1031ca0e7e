-- question:     Which messages or lines could not be stored, why, and what has become of them?
-- grain:        one row per refused line
-- keys:         stream, stream_seq, line_no
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a line refused again at redelivery replaces itself; its state is that of its latest change in
--               stg_dead_letter_states, without any it is open since it was received
-- operational:  yes
CREATE OR REPLACE VIEW stg_dead_letters AS
WITH
    latest AS
    (
        SELECT
            stream,
            stream_seq,
            line_no,
            received_at,
            argMax(tuple(state, changed_at, detail, changed_by), tuple(changed_at, state_seq)) AS change
        FROM stg_dead_letter_states
        GROUP BY
            stream,
            stream_seq,
            line_no,
            received_at
    ),
    changes AS
    (
        SELECT
            stream,
            stream_seq,
            line_no,
            received_at,
            -- Nullable here, so that a session's join_use_nulls changes no type.
            toNullable(toString(change.1)) AS state,
            toNullable(change.2) AS state_at,
            toNullable(toString(change.3)) AS state_detail,
            toNullable(toString(change.4)) AS state_by
        FROM latest
    )
SELECT
    letters.stream AS stream,
    letters.stream_seq AS stream_seq,
    letters.line_no AS line_no,
    letters.subject AS subject,
    letters.reason AS reason,
    letters.detail AS detail,
    letters.raw AS raw,
    ifNull(changes.state, toString(letters.state)) AS state,
    ifNull(changes.state_at, letters.state_at) AS state_at,
    ifNull(changes.state_detail, '') AS state_detail,
    ifNull(changes.state_by, '') AS state_by,
    letters.received_at AS received_at,
    letters.consumer AS consumer
FROM dead_letters AS letters
FINAL
LEFT JOIN changes
    ON changes.stream = letters.stream
    AND changes.stream_seq = letters.stream_seq
    AND changes.line_no = letters.line_no
    AND changes.received_at = letters.received_at;
