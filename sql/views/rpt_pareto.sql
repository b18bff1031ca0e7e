-- question:     Which policies are beaten by none in both success and cost, and by whom are the others?
-- grain:        one row per experiment and policy
-- keys:         experiment_id, policy_id
-- units:        rates 0 to 1; AIU in 10^9 nano-AIU; ratios of costs
-- denominators: success_rate_all = n_resolved / n_counted (ungraded counts as 0); cost_aiu_per_trial = cost of the counted trials
--               that state one / n_trials_with_cost, each with what all its attempts cost. A policy dominates another of its
--               experiment if it solves at least as much for at most the cost, and one of the two is not equal; both are
--               compared as exact fractions. is_on_front: none dominates it. Equal in both are tied: none dominates the other,
--               tied_with names them. dominated_by is the best that does: the one that solves most, then the cheapest, then the
--               first by name; it lies on the front. NULL where rate or cost is unknown, and such a policy dominates none.
--               Neither side of the comparison says how sure it is: rpt_success_rates and rpt_policy_comparisons do
-- late, duplicate, missing: one final attempt speaks for each trial; open trials are in n_incomplete, excluded ones in
--               n_excluded, and neither is in rate or cost; superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_pareto AS
WITH
    trials AS
    (
        SELECT
            min(runs.experiment_id) AS experiment_id,
            min(runs.policy_id) AS policy_id,
            maxIf(runs.success_all, runs.is_final_attempt) AS success_all,
            maxIf(runs.is_stopped, runs.is_final_attempt) AS is_stopped,
            max(runs.is_excluded) AS is_excluded,
            if(count(runs.cost_nano_aiu) = count(), sum(runs.cost_nano_aiu), NULL) AS cost_nano_aiu
        FROM fct_counted_runs AS runs
        GROUP BY runs.trial_key
    ),
    policies AS
    (
        SELECT
            trials.experiment_id AS experiment_id,
            trials.policy_id AS policy_id,
            count() AS n_trials,
            countIf(isNotNull(trials.success_all)) AS n_counted,
            countIf(ifNull(trials.success_all, false)) AS n_resolved,
            countIf(NOT trials.is_excluded AND NOT trials.is_stopped) AS n_incomplete,
            countIf(trials.is_excluded) AS n_excluded,
            countIf(isNotNull(trials.success_all) AND isNotNull(trials.cost_nano_aiu)) AS n_trials_with_cost,
            ifNull(sumIf(trials.cost_nano_aiu, isNotNull(trials.success_all)), 0) AS cost_nano_aiu
        FROM trials
        GROUP BY
            trials.experiment_id,
            trials.policy_id
    ),
    beside AS
    (
        SELECT
            experiment_id,
            policy_id,
            n_trials,
            n_counted,
            n_resolved,
            n_incomplete,
            n_excluded,
            n_trials_with_cost,
            cost_nano_aiu,
            n_trials_with_cost > 0 AS is_placed,
            -- In units of 2^-64: equal if the fractions are, for fewer than 2^32 trials.
            intDiv(bitShiftLeft(toUInt256(n_resolved), 64), toUInt256(greatest(n_counted, 1))) AS rate_key,
            intDiv(bitShiftLeft(toUInt256(cost_nano_aiu), 64), toUInt256(greatest(n_trials_with_cost, 1))) AS cost_key,
            groupArrayIf(tuple(toString(policy_id), rate_key, cost_key), is_placed) OVER (PARTITION BY experiment_id) AS placed
        FROM policies
    ),
    compared AS
    (
        SELECT
            experiment_id,
            policy_id,
            n_trials,
            n_counted,
            n_resolved,
            n_incomplete,
            n_excluded,
            n_trials_with_cost,
            cost_nano_aiu,
            is_placed,
            arrayFilter(other -> other.2 = rate_key AND other.3 = cost_key AND other.1 != policy_id, placed) AS ties,
            arraySort(
                other -> tuple(bitNot(other.2), other.3, other.1),
                arrayFilter(
                    other -> other.2 >= rate_key AND other.3 <= cost_key AND (other.2 > rate_key OR other.3 < cost_key),
                    placed
                )
            ) AS dominators
        FROM beside
    )
SELECT
    experiment_id,
    policy_id,
    n_trials,
    n_counted,
    n_resolved,
    n_incomplete,
    n_excluded,
    n_resolved / nullIf(n_counted, 0) AS success_rate_all,
    n_trials_with_cost,
    cost_nano_aiu / nullIf(n_trials_with_cost, 0) / 1000000000 AS cost_aiu_per_trial,
    if(is_placed, empty(dominators), NULL) AS is_on_front,
    if(is_placed, length(dominators), NULL) AS n_dominating,
    if(is_placed AND notEmpty(dominators), dominators[1].1, NULL) AS dominated_by,
    if(is_placed, arraySort(arrayMap(other -> other.1, ties)), []) AS tied_with
FROM compared
ORDER BY
    experiment_id,
    success_rate_all DESC,
    cost_aiu_per_trial,
    policy_id;
