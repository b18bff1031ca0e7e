-- question:     Does what an optimiser suggests help as much, and as surely, as it expects?
-- grain:        one row per experiment and optimiser that sent an update
-- keys:         experiment_id, optimizer (NULL: updates that name none)
-- units:        rates, confidences and scores 0 to 1, differences of rates -1 to 1; expected_improvement in the optimiser's own
--               scale
-- denominators: used_rate = n_used / n_suggesting, the updates that suggest settings; improved_rate = n_improved / n_measured, the
--               updates with a difference of success rates before and after them (rpt_optimizer_updates), n_improved those
--               where it is above 0, with its Wilson 95 % interval (E. B. Wilson, Probable Inference, JASA 22, 1927);
--               mean_difference over the same; over the n_expecting of them that state an expected improvement:
--               mean_expected_improvement, mean_unexpected of difference - expected, mean_absolute_unexpected of its size, and
--               within_rate = n_within_interval / n_expecting, whose expectation lies in the 95 % interval of the difference;
--               over the n_with_confidence of the n_measured whose confidence is within 0 to 1: mean_confidence and
--               brier_score = mean of (confidence - improved)^2 (G. W. Brier, Verification of Forecasts Expressed in Terms of
--               Probability, Monthly Weather Review 78, 1950). NULL when the denominator is 0
-- late, duplicate, missing: as rpt_optimizer_updates; the same trials may stand before or after several updates, which therefore
--               are no independent samples
-- operational:  no
CREATE OR REPLACE VIEW rpt_optimizer_calibration AS
WITH
    judged AS
    (
        SELECT
            experiment_id,
            optimizer,
            suggested_config,
            ifNull(was_used, 0) AS was_used,
            difference,
            ifNull(difference > 0, false) AS has_improved,
            if(isNull(unexpected), NULL, expected_improvement) AS expected,
            unexpected,
            ifNull(expected_improvement BETWEEN difference_low AND difference_high, false) AS is_within,
            if(isNotNull(difference) AND confidence BETWEEN 0 AND 1, confidence, NULL) AS sure
        FROM rpt_optimizer_updates
    ),
    counted AS
    (
        SELECT
            experiment_id,
            optimizer,
            count() AS n_updates,
            count(suggested_config) AS n_suggesting,
            countIf(was_used = 1) AS n_used,
            count(difference) AS n_measured,
            countIf(has_improved) AS n_improved,
            count(unexpected) AS n_expecting,
            countIf(is_within) AS n_within_interval,
            count(sure) AS n_with_confidence,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySum(arraySort(groupArray(difference))) AS difference_sum,
            arraySum(arraySort(groupArray(expected))) AS expected_sum,
            arraySum(arraySort(groupArray(unexpected))) AS unexpected_sum,
            arraySum(arraySort(groupArray(abs(unexpected)))) AS absolute_sum,
            arraySum(arraySort(groupArray(sure))) AS sure_sum,
            arraySum(arraySort(groupArray(pow(sure - has_improved, 2)))) AS square_sum
        FROM judged
        GROUP BY
            experiment_id,
            optimizer
    ),
    rated AS
    (
        SELECT
            *,
            n_improved / nullIf(n_measured, 0) AS rate,
            pow(1.959963984540054, 2) / nullIf(n_measured, 0) AS shrinkage,
            (rate + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage) AS half_width
        FROM counted
    )
SELECT
    experiment_id,
    optimizer,
    n_updates,
    n_suggesting,
    n_used,
    n_used / nullIf(n_suggesting, 0) AS used_rate,
    n_measured,
    n_improved,
    rate AS improved_rate,
    if(isNull(rate), NULL, greatest(0.0, centre - half_width)) AS improved_rate_low,
    if(isNull(rate), NULL, least(1.0, centre + half_width)) AS improved_rate_high,
    difference_sum / nullIf(n_measured, 0) AS mean_difference,
    n_expecting,
    expected_sum / nullIf(n_expecting, 0) AS mean_expected_improvement,
    unexpected_sum / nullIf(n_expecting, 0) AS mean_unexpected,
    absolute_sum / nullIf(n_expecting, 0) AS mean_absolute_unexpected,
    n_within_interval,
    n_within_interval / nullIf(n_expecting, 0) AS within_rate,
    n_with_confidence,
    sure_sum / nullIf(n_with_confidence, 0) AS mean_confidence,
    square_sum / nullIf(n_with_confidence, 0) AS brier_score
FROM rated
ORDER BY
    experiment_id,
    optimizer ASC NULLS LAST;
