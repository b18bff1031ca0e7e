-- question:     Which trials of two policies are matched with each other, and how did each side go?
-- grain:        one row per experiment, pair of policies (policy_a < policy_b by bytes) and task of either
-- keys:         experiment_id, policy_a, policy_b, task_id
-- units:        pairs has the matched trials whose both sides are counted: (trial of a, trial of b), each (1 is_resolved,
--               2 is_graded, 3 has_cost, 4 cost in 10^-9 AIU, 5 has_tokens, 6 tokens, 7 document_key of its config, 8 of its
--               environment), 0 where unknown, cost and tokens of all attempts. trials has all of both sides: (1 key of its
--               match, 2 is_b, 3 (1 is_counted: stopped and not excluded, 2 is_incomplete, 3 is_excluded), 4 as in pairs)
-- denominators: none
-- late, duplicate, missing: trials are matched by their labels alone, never by how they went, so that a match stands once both
--               sides have started: within a task first by seed, then, where a trial has no seed or the other policy has no
--               trial with it left, by trial_no (trials without one among each other). Where a policy has several such trials,
--               the first of the one goes with the first of the other: in the order of jobs (the earliest start of a final
--               attempt, job_id), then of starts, then of run_id; unknown starts come last
-- operational:  no
-- In lists of each task's trials, since windows would sort all trials six times: a second of CPU for 100,000 of them. What
-- both sides have stands twice in the list of both, so no list is searched for each entry of another. The keys of seeds
-- are above those of numbers, since 2^34 is above any trial_no.
CREATE OR REPLACE VIEW fct_policy_pairs AS
WITH
    dated AS
    (
        SELECT
            experiment_id,
            policy_id,
            task_id,
            ifNull(toUnixTimestamp64Micro(started_at), 9223372036854775807) AS start,
            tuple(
                min(start) OVER (PARTITION BY experiment_id, job_id),
                toString(job_id),
                start,
                toUInt128(final_run_id)
            ) AS place,
            tuple(
                if(isNull(seed), 0, toUInt128(assumeNotNull(seed)) + 17179869184),
                if(isNull(trial_no), 0, toUInt128(assumeNotNull(trial_no)) + 1),
                tuple(isNotNull(success_all), NOT is_excluded AND NOT is_stopped, is_excluded),
                tuple(
                    ifNull(success_all, 0),
                    isNotNull(success_graded),
                    isNotNull(cost_nano_aiu),
                    ifNull(cost_nano_aiu, 0),
                    isNotNull(total_tokens),
                    ifNull(total_tokens, 0),
                    ifNull(reinterpretAsUInt128(sipHash128('config', cfg_hash)), 0),
                    ifNull(reinterpretAsUInt128(sipHash128('environment', env_hash)), 0)
                )
            ) AS trial
        FROM fct_trials
    ),
    cells AS
    (
        SELECT
            experiment_id,
            policy_id,
            task_id,
            arraySort(groupArray(tuple(place, trial))).2 AS trials
        FROM dated
        GROUP BY
            experiment_id,
            policy_id,
            task_id
    ),
    opposed AS
    (
        SELECT
            experiment_id,
            policy_id,
            task_id,
            trials,
            groupUniqArray(policy_id) OVER (PARTITION BY experiment_id) AS policies
        FROM cells
    ),
    sides AS
    (
        SELECT
            experiment_id,
            toString(least(policy_id, other)) AS policy_a,
            toString(greatest(policy_id, other)) AS policy_b,
            task_id,
            arrayMap(
                (trial, n) -> tuple(
                    if(trial.1 = 0, 0, bitShiftLeft(trial.1, 32) + n),
                    policy_id > other,
                    trial.2,
                    trial.3,
                    trial.4
                ),
                trials,
                arrayEnumerateUniq(trials.1)
            ) AS trials_of_side
        FROM opposed
        ARRAY JOIN arrayFilter(each -> each != policy_id, policies) AS other
    ),
    faced AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            task_id,
            groupArrayArray(trials_of_side) AS trials_of_both,
            arrayMap(
                (key, n, n_from_end) -> key != 0 AND n + n_from_end = 3,
                trials_of_both.1,
                arrayEnumerateUniq(trials_of_both.1),
                arrayReverse(arrayEnumerateUniq(arrayReverse(trials_of_both.1)))
            ) AS are_by_seed,
            arraySort(
                arrayMap(
                    (trial, by_seed, n) -> tuple(
                        if(by_seed, trial.1, bitShiftLeft(trial.3, 32) + n),
                        trial.2,
                        trial.4,
                        trial.5
                    ),
                    trials_of_both,
                    are_by_seed,
                    arrayEnumerateUniq(are_by_seed, trials_of_both.2, trials_of_both.3)
                )
            ) AS trials
        FROM sides
        GROUP BY
            experiment_id,
            policy_a,
            policy_b,
            task_id
    )
SELECT
    experiment_id,
    policy_a,
    policy_b,
    task_id,
    trials,
    arrayMap(
        pair -> tuple(pair.1.4, pair.2.4),
        arrayFilter(
            pair -> pair.1.1 = pair.2.1 AND pair.1.2 < pair.2.2 AND pair.1.3.1 AND pair.2.3.1,
            arrayZip(trials, arrayRotateLeft(trials, 1))
        )
    ) AS pairs
FROM faced;
