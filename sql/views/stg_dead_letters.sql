-- question:     Which messages or lines could not be stored, why, and what has become of them?
-- grain:        one row per refused line
-- keys:         stream, stream_seq, line_no
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: the row with the highest state_version remains
-- operational:  yes
CREATE OR REPLACE VIEW stg_dead_letters AS
SELECT
    stream,
    stream_seq,
    line_no,
    subject,
    reason,
    detail,
    raw,
    state,
    state_at,
    received_at,
    consumer,
    state_version
FROM dead_letters
FINAL;
