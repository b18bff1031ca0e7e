-- question:     Which files did each run read and change, as far as its calls, steps and end tell?
-- grain:        one row per run and path that it touched
-- keys:         experiment_id, run_id, path
-- units:        counts of calls and steps; chars_changed in characters; times in UTC microseconds, by the clock of the run
-- denominators: none
-- late, duplicate, missing: paths are compared as they are written, so that ./a and a are two. A call touches each file that its
--               evidence names, once as read (n_reads) and once as changed (n_modifications); a step the path it acted on
--               (n_actions, read or changed: nobody knows) and that of its file_diff (n_diffs), unless it repeats an earlier one
--               (is_copied_context). is_left_modified says that the run_stop that counts names the file. The same change may be
--               told by a call, a step and the run_stop: never add them. was_modified says that one of them tells it. chars_changed
--               is NULL where no diff states it, the times where only the run_stop names the file. Ask for few runs, by
--               experiment_id and run_id: what they sent is read event by event
-- operational:  no
CREATE OR REPLACE VIEW sum_touched_files AS
WITH
    touches AS
    (
        SELECT
            made.experiment_id AS experiment_id,
            made.run_id AS run_id,
            touch.1 AS path,
            touch.2 AS is_read,
            NOT touch.2 AS is_modified,
            false AS is_action,
            false AS is_diff,
            false AS is_left,
            CAST(NULL, 'Nullable(UInt32)') AS chars_changed,
            toNullable(made.ts) AS touched_at
        FROM stg_tool_calls AS made
        ARRAY JOIN arrayConcat(
            arrayMap(path -> tuple(path, true), arrayDistinct(made.files_read)),
            arrayMap(path -> tuple(path, false), arrayDistinct(made.files_modified))
        ) AS touch
        UNION ALL
        SELECT
            taken.experiment_id AS experiment_id,
            taken.run_id AS run_id,
            assumeNotNull(touch.1) AS path,
            false AS is_read,
            false AS is_modified,
            touch.2 AS is_action,
            NOT touch.2 AS is_diff,
            false AS is_left,
            touch.3 AS chars_changed,
            toNullable(taken.ts) AS touched_at
        FROM stg_steps AS taken
        ARRAY JOIN [
            tuple(taken.action_path, true, NULL),
            tuple(taken.file_diff_path, false, taken.chars_changed)
        ] AS touch
        WHERE isNotNull(touch.1)
            AND ifNull(taken.is_copied_context, false) = false
        UNION ALL
        SELECT
            ends.experiment_id AS experiment_id,
            ends.run_id AS run_id,
            left_path AS path,
            false AS is_read,
            false AS is_modified,
            false AS is_action,
            false AS is_diff,
            true AS is_left,
            CAST(NULL, 'Nullable(UInt32)') AS chars_changed,
            CAST(NULL, 'Nullable(DateTime64(6, ''UTC''))') AS touched_at
        FROM stg_run_ends AS ends
        ARRAY JOIN ends.files_modified_names AS left_path
    )
SELECT
    experiment_id,
    run_id,
    path,
    countIf(is_read) AS n_reads,
    countIf(is_modified) AS n_modifications,
    countIf(is_action) AS n_actions,
    countIf(is_diff) AS n_diffs,
    sum(chars_changed) AS chars_changed,
    max(is_left) AS is_left_modified,
    CAST(n_reads > 0, 'Bool') AS was_read,
    CAST(n_modifications + n_diffs > 0 OR is_left_modified, 'Bool') AS was_modified,
    min(touched_at) AS first_touched_at,
    max(touched_at) AS last_touched_at
FROM touches
GROUP BY
    experiment_id,
    run_id,
    path
SETTINGS analyzer_inline_views = 1;
