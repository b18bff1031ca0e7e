-- question:     Which sequences of two and three tool calls come before failures, and how much more often than any others?
-- grain:        one row per policy and sequence of 2 or 3 tools that one of its runs called one after the other; experiment is
--               a parameter
-- keys:         policy_id, tools
-- units:        tools in the order called; rates 0 to 1; lift as a ratio
-- denominators: failure_rate = n_followed_by_failure / n_next_known: of the occurrences of which one knows what came next, those
--               after which a call failed or a failure was reported, with its Wilson 95 % interval (E. B. Wilson, Probable
--               Inference, JASA 22, 1927); base_failure_rate is the same of all sequences of the policy that are as long;
--               lift = failure_rate / base_failure_rate (S. Brin et al., Dynamic Itemset Counting and Implication Rules for
--               Market Basket Data, SIGMOD 1997), its interval that of failure_rate over the same base. n_runs are those of
--               the policy, n_runs_with_sequence those it occurs in. NULL when the denominator is 0
-- late, duplicate, missing: sum_call_links_of says what is consecutive and what a failure is; occurrences overlap: a, a, a is twice
--               a, a. What ends a stopped run is followed by no failure; of an open run it is not known. The interval takes
--               occurrences as independent, which those of one run are not, and among many sequences some stand out by chance.
--               Every attempt counts, also earlier ones and open ones (n_incomplete); attempts of excluded trials are left out
--               (n_excluded); superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_tool_sequences AS
WITH
    counted AS
    (
        SELECT
            runs.policy_id AS policy_id,
            sequence.first AS first,
            sequence.second AS second,
            sequence.third AS third,
            if(
                isNull(third),
                [toString(first), toString(second)],
                [toString(first), toString(second), toString(assumeNotNull(third))]
            ) AS tools,
            max(runs.n_runs) AS n_runs,
            max(runs.n_incomplete) AS n_incomplete,
            max(runs.n_excluded) AS n_excluded,
            count() AS n_runs_with_sequence,
            sum(sequence.n) AS n_occurrences,
            sum(sequence.n_next_known) + sumIf(sequence.n_last, runs.is_stopped) AS n_next_known,
            sum(sequence.n_followed_by_failure) AS n_followed_by_failure
        FROM sum_sessions AS sessions
        INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = sessions.run_id
        ARRAY JOIN sessions.sequences AS sequence
        WHERE sessions.experiment_id = {experiment:String} AND NOT runs.is_excluded
        GROUP BY
            policy_id,
            first,
            second,
            third
    ),
    rated AS
    (
        SELECT
            *,
            n_followed_by_failure / nullIf(n_next_known, 0) AS rate,
            pow(1.959963984540054, 2) / nullIf(n_next_known, 0) AS shrinkage,
            (rate + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage) AS half_width,
            if(isNull(rate), NULL, greatest(0.0, centre - half_width)) AS low,
            if(isNull(rate), NULL, least(1.0, centre + half_width)) AS high,
            sum(n_followed_by_failure) OVER (PARTITION BY policy_id, length(tools))
                / nullIf(sum(n_next_known) OVER (PARTITION BY policy_id, length(tools)), 0) AS base_rate
        FROM counted
    )
SELECT
    policy_id,
    tools,
    toUInt8(length(tools)) AS n_tools,
    n_runs,
    n_runs_with_sequence,
    n_incomplete,
    n_excluded,
    n_occurrences,
    n_next_known,
    n_followed_by_failure,
    rate AS failure_rate,
    low AS failure_rate_low,
    high AS failure_rate_high,
    base_rate AS base_failure_rate,
    rate / nullIf(base_rate, 0) AS lift,
    low / nullIf(base_rate, 0) AS lift_low,
    high / nullIf(base_rate, 0) AS lift_high
FROM rated
ORDER BY
    policy_id,
    n_tools,
    n_occurrences DESC,
    tools;
