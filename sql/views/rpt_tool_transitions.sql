-- question:     Which tool does each policy call after which, and how often does that call fail?
-- grain:        one row per policy and pair of tools called one after the other in one of its runs; experiment is a parameter
-- keys:         policy_id, from_tool (NULL: the first call of a line), to_tool (NULL: nothing was called any more)
-- units:        shares and rates 0 to 1
-- denominators: share = n_transitions / n_from: of all that came after a call of from_tool (or of all lines, where it is
--               NULL), so that the shares of a from_tool add up to 1; failure_rate = n_failed / n_failure_known of the calls of
--               to_tool made after from_tool. NULL when the denominator is 0
-- late, duplicate, missing: fct_call_lines says what a line is, what is consecutive and when a call failed; the last call of an
--               open run counts as the last. Every attempt counts, also earlier ones and open ones (n_incomplete); attempts of
--               excluded trials are left out (n_excluded); superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_tool_transitions AS
WITH
    followed AS
    (
        SELECT
            policy_id,
            run_id,
            n_runs,
            n_incomplete,
            n_excluded,
            link.1 AS from_tool,
            link.2 AS to_tool,
            link.3 AS has_failed
        FROM ${database}.fct_call_lines(experiment = {experiment:String})
        ARRAY JOIN arrayConcat(
            -- Each call with the one before it, if that is of the same line.
            arrayMap(
                (before, call) -> tuple(
                    if(before.1 = call.1, toNullable(before.2), NULL),
                    toNullable(call.2),
                    call.3,
                    true
                ),
                arrayPushFront(arrayPopBack(calls), tuple(0, '', NULL, NULL)),
                calls
            ),
            -- The last call of each line, with nothing after it.
            arrayMap(
                (call, after) -> tuple(
                    toNullable(call.2),
                    NULL,
                    NULL,
                    call.1 != after.1
                ),
                calls,
                arrayPushBack(arrayPopFront(calls), tuple(0, '', NULL, NULL))
            )
        ) AS link
        WHERE link.4
    ),
    counted AS
    (
        SELECT
            policy_id,
            from_tool,
            to_tool,
            max(n_runs) AS n_runs,
            max(n_incomplete) AS n_incomplete,
            max(n_excluded) AS n_excluded,
            uniqExact(run_id) AS n_runs_with_transition,
            count() AS n_transitions,
            count(has_failed) AS n_failure_known,
            countIf(ifNull(has_failed, false)) AS n_failed
        FROM followed
        GROUP BY
            policy_id,
            from_tool,
            to_tool
    ),
    shared AS
    (
        SELECT
            *,
            sum(n_transitions) OVER (PARTITION BY policy_id, from_tool) AS n_from
        FROM counted
    )
SELECT
    policy_id,
    from_tool,
    to_tool,
    n_runs,
    n_runs_with_transition,
    n_incomplete,
    n_excluded,
    n_transitions,
    n_from,
    n_transitions / nullIf(n_from, 0) AS share,
    n_failure_known,
    n_failed,
    n_failed / nullIf(n_failure_known, 0) AS failure_rate
FROM shared
ORDER BY
    policy_id,
    from_tool ASC NULLS FIRST,
    n_transitions DESC,
    to_tool ASC NULLS LAST;
