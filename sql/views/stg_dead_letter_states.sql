-- question:     What has become of each dead letter, when, by whom and why?
-- grain:        one row per change of a letter's state
-- keys:         stream, stream_seq, line_no, received_at, changed_at, state_seq
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a change that was stored twice is one row
-- operational:  yes
CREATE OR REPLACE VIEW stg_dead_letter_states AS
SELECT
    stream,
    stream_seq,
    line_no,
    received_at,
    state,
    detail,
    changed_by,
    changed_at,
    state_seq
FROM dead_letter_states
FINAL;
