-- question:     Which tool does each policy call after which, and how often does that call fail?
-- grain:        one row per policy and pair of tools called one after the other in one of its runs; experiment is a parameter
-- keys:         policy_id, from_tool (NULL: the first call of a line), to_tool (NULL: nothing was called any more)
-- units:        shares and rates 0 to 1
-- denominators: share = n_transitions / n_from: of all that came after a call of from_tool (or of all lines, where it is
--               NULL), so that the shares of a from_tool add up to 1; failed_or_reported_rate = n_failed_or_reported / n_known of the calls
--               of to_tool made after from_tool. NULL when the denominator is 0
-- late, duplicate, missing: sum_call_links_of says what a line is, what is consecutive and when a call failed: also
--               where only a failure event says so, unlike n_failed of rpt_tool_calls; the last call of an
--               open run counts as the last. Every attempt counts, also earlier ones and open ones (n_incomplete); attempts of
--               excluded trials are left out (n_excluded); superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_tool_transitions AS
WITH
    counted AS
    (
        SELECT
            runs.policy_id AS policy_id,
            transition.from_tool AS from_tool,
            transition.to_tool AS to_tool,
            max(runs.n_runs) AS n_runs,
            max(runs.n_incomplete) AS n_incomplete,
            max(runs.n_excluded) AS n_excluded,
            count() AS n_runs_with_transition,
            sum(transition.n) AS n_transitions,
            sum(transition.n_known) AS n_known,
            sum(transition.n_failed_or_reported) AS n_failed_or_reported
        FROM sum_sessions AS sessions
        INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = sessions.run_id
        ARRAY JOIN sessions.transitions AS transition
        WHERE sessions.experiment_id = {experiment:String} AND NOT runs.is_excluded
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
    n_known,
    n_failed_or_reported,
    n_failed_or_reported / nullIf(n_known, 0) AS failed_or_reported_rate
FROM shared
ORDER BY
    policy_id,
    from_tool ASC NULLS FIRST,
    n_transitions DESC,
    to_tool ASC NULLS LAST;
