-- question:     Is what is kept and dropped in the context window decided rightly, and as often as the decider believes?
-- grain:        one row per policy, judged_by and tenth of the confidence in which it decided; experiment is a parameter
-- keys:         policy_id, judged_by ('impact', 'pruning_error'), bin_no (1 to 10; NULL: confidence unknown or not within 0 to 1)
-- units:        rates, confidences and scores 0 to 1, gap -1 to 1
-- denominators: right_rate = n_right / n_known, with its Wilson 95 % interval (E. B. Wilson, Probable Inference, JASA 22, 1927);
--               mean_confidence is over the same n_known decisions, and gap = mean_confidence - right_rate: above 0 the decider
--               is too sure. bin_no n holds confidences from confidence_from on, below confidence_from + 0.1; the last one 1 as
--               well. Over all n_calibrated = sum of n_known of the bins of a policy and judged_by: brier_score = mean of
--               (confidence - right)^2 (G. W. Brier, Verification of Forecasts Expressed in Terms of Probability, Monthly
--               Weather Review 78, 1950) and calibration_error = mean of |gap| weighted by n_known (M. P. Naeini et al.,
--               Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015). NULL when the denominator is 0
-- late, duplicate, missing: n_decisions are those that say whether their segment was kept, by 'pruning_error' the dropped ones
--               alone. By 'impact' a decision was right if it kept a segment whose impact is above 0 or dropped one whose
--               impact is not; unknown without an impact. By 'pruning_error' a drop was wrong if the run has a failure with root
--               'context' and pruning_error, unless the same emitter sent that before the drop (order of epoch and seq, or of ts
--               where it does not number its events: smith, otlp); which of several drops it was nobody says, all of them were.
--               Unknown while the run is open without one. Every attempt counts, also earlier ones and open ones
--               (n_incomplete); attempts of excluded trials are left out (n_excluded); superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_context_calibration AS
WITH
    judged AS
    (
        SELECT
            runs.policy_id AS policy_id,
            runs.n_runs AS n_runs,
            runs.n_incomplete AS n_incomplete,
            runs.n_excluded AS n_excluded,
            made.confidence AS confidence,
            judgement.1 AS judged_by,
            judgement.2 AS is_right
        FROM sum_sessions AS sessions
        INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = sessions.run_id
        ARRAY JOIN sessions.judgements AS made
        ARRAY JOIN if(
            made.kept,
            [tuple('impact', made.impact > 0)],
            [
                tuple('impact', made.impact <= 0),
                tuple('pruning_error', multiIf(made.is_regretted, false, runs.is_stopped, true, NULL))
            ]
        ) AS judgement
        WHERE sessions.experiment_id = {experiment:String} AND NOT runs.is_excluded
    ),
    binned AS
    (
        SELECT
            policy_id,
            judged_by,
            if(confidence BETWEEN 0 AND 1, toUInt8(least(floor(confidence * 10), 9) + 1), NULL) AS bin_no,
            max(n_runs) AS n_runs,
            max(n_incomplete) AS n_incomplete,
            max(n_excluded) AS n_excluded,
            count() AS n_decisions,
            count(is_right) AS n_known,
            countIf(ifNull(is_right, false)) AS n_right,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySum(arraySort(groupArrayIf(assumeNotNull(confidence), isNotNull(is_right) AND isNotNull(bin_no))))
                AS confidence_sum,
            arraySum(
                arraySort(
                    groupArrayIf(
                        pow(assumeNotNull(confidence) - if(ifNull(is_right, false), 1, 0), 2),
                        isNotNull(is_right) AND isNotNull(bin_no)
                    )
                )
            ) AS square_sum
        FROM judged
        GROUP BY
            policy_id,
            judged_by,
            bin_no
    ),
    rated AS
    (
        SELECT
            *,
            n_right / nullIf(n_known, 0) AS rate,
            pow(1.959963984540054, 2) / nullIf(n_known, 0) AS shrinkage,
            (rate + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage) AS half_width,
            if(isNull(bin_no), NULL, confidence_sum / nullIf(n_known, 0)) AS mean_confidence,
            sumIf(n_known, isNotNull(bin_no)) OVER bins AS n_calibrated,
            arraySum(arraySort(groupArray(square_sum) OVER bins)) AS squares,
            arraySum(arraySort(groupArray(n_known * abs(mean_confidence - rate)) OVER bins)) AS distances
        FROM binned
        WINDOW bins AS (PARTITION BY policy_id, judged_by)
    )
SELECT
    policy_id,
    judged_by,
    bin_no,
    (bin_no - 1) / 10 AS confidence_from,
    n_runs,
    n_incomplete,
    n_excluded,
    n_decisions,
    n_known,
    n_right,
    rate AS right_rate,
    if(isNull(rate), NULL, greatest(0.0, centre - half_width)) AS right_rate_low,
    if(isNull(rate), NULL, least(1.0, centre + half_width)) AS right_rate_high,
    mean_confidence,
    mean_confidence - rate AS gap,
    n_calibrated,
    squares / nullIf(n_calibrated, 0) AS brier_score,
    distances / nullIf(n_calibrated, 0) AS calibration_error
FROM rated
ORDER BY
    policy_id,
    judged_by,
    bin_no ASC NULLS LAST;
