-- question:     Which sizes of segments does each policy keep in the context window, and what are they worth?
-- grain:        one row per policy, measure and class of sizes in which it decided; experiment is a parameter
-- keys:         policy_id, measure ('tokens', 'kb'), size_from
-- units:        size_from and size_below in tokens or KiB, powers of 4 from 1/16 on, before them 0; rates 0 to 1; impact in the
--               decider's own scale
-- denominators: kept_rate = n_kept / n_decisions, with its Wilson 95 % interval (E. B. Wilson, Probable Inference, JASA 22, 1927);
--               mean_impact = sum / n_with_impact, of kept and dropped ones alike. NULL when the denominator is 0
-- late, duplicate, missing: decisions count that say whether their segment was kept and how large it was (tokens_before,
--               kb_before); one that states both measures counts in both, which are never added. size_below is NULL for the
--               last class, which has no end. Every attempt counts, also earlier ones and open ones (n_incomplete); attempts of
--               excluded trials are left out (n_excluded); superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_context_kept_by_size AS
WITH
    arrayMap(power -> pow(4, power), range(-2, 20)) AS edges,
    counted AS
    (
        SELECT
            runs.policy_id AS policy_id,
            size.1 AS measure,
            arrayCount(edge -> edge <= assumeNotNull(size.2), edges) AS class,
            max(runs.n_runs) AS n_runs,
            max(runs.n_incomplete) AS n_incomplete,
            max(runs.n_excluded) AS n_excluded,
            count() AS n_decisions,
            countIf(made.kept) AS n_kept,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArray(made.impact)) AS impacts
        FROM sum_sessions AS sessions
        INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = sessions.run_id
        ARRAY JOIN sessions.judgements AS made
        ARRAY JOIN [
            tuple('tokens', toFloat64(made.tokens_before)),
            tuple('kb', made.kb_before)
        ] AS size
        WHERE sessions.experiment_id = {experiment:String}
            AND isNotNull(size.2)
            AND NOT runs.is_excluded
        GROUP BY
            runs.policy_id,
            measure,
            class
    ),
    rated AS
    (
        SELECT
            *,
            n_kept / nullIf(n_decisions, 0) AS rate,
            pow(1.959963984540054, 2) / nullIf(n_decisions, 0) AS shrinkage,
            (rate + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage) AS half_width
        FROM counted
    )
SELECT
    policy_id,
    measure,
    if(class = 0, 0, edges[class]) AS size_from,
    if(class = length(edges), NULL, edges[class + 1]) AS size_below,
    n_runs,
    n_incomplete,
    n_excluded,
    n_decisions,
    n_kept,
    rate AS kept_rate,
    greatest(0.0, centre - half_width) AS kept_rate_low,
    least(1.0, centre + half_width) AS kept_rate_high,
    length(impacts) AS n_with_impact,
    arraySum(impacts) / nullIf(n_with_impact, 0) AS mean_impact
FROM rated
ORDER BY
    policy_id,
    measure,
    size_from;
