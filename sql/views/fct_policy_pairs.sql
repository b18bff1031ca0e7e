-- question:     Which trials of two policies are matched with each other, and how did each side go?
-- grain:        one row per pair of policies of an experiment and matched pair of trials, or trial without a match
-- keys:         experiment_id, policy_a, policy_b (policy_a < policy_b by bytes), run_id_a, run_id_b (final attempts)
-- units:        tokens as counts; cost_nano_aiu in 10^-9 AIU, exact; both of all attempts of the trial
-- denominators: none
-- late, duplicate, missing: trials are matched by their labels alone, never by how they went, so that a match stands once both
--               sides have started: within a task first by seed, then, where a trial has no seed or the other policy has no
--               trial with it left, by trial_no (trials without one among each other). Where a policy has several such trials,
--               the first of the one goes with the first of the other: in the order of jobs (the earliest start of a final
--               attempt, job_id), then of starts, then of run_id; unknown starts come last. Columns of a side without a trial
--               are NULL. is_pair says that both sides are counted: stopped and not excluded
-- operational:  no
-- In lists of each task's trials, since windows would sort all trials six times: a second of CPU for 100,000 of them. What
-- both sides have is counted twice in both together, so no list is searched for each entry of another. A key of 0 matches
-- nothing.
CREATE OR REPLACE VIEW fct_policy_pairs AS
WITH
    dated AS
    (
        SELECT
            trials.experiment_id AS experiment_id,
            trials.policy_id AS policy_id,
            trials.task_id AS task_id,
            tuple(
                ifNull(
                    toUnixTimestamp64Micro(
                        min(trials.started_at) OVER (PARTITION BY trials.experiment_id, trials.job_id)
                    ),
                    9223372036854775807
                ),
                toString(trials.job_id),
                ifNull(toUnixTimestamp64Micro(trials.started_at), 9223372036854775807),
                toString(trials.final_run_id)
            ) AS place,
            tuple(
                trials.seed,
                trials.trial_no,
                trials.final_run_id,
                trials.is_excluded,
                trials.is_stopped,
                trials.success_all,
                trials.success_graded,
                trials.cfg_hash,
                trials.env_hash,
                trials.total_tokens,
                trials.cost_nano_aiu
            ) AS trial
        FROM fct_trials AS trials
    ),
    cells AS
    (
        SELECT
            experiment_id,
            policy_id,
            task_id,
            arrayMap(entry -> entry.2, arraySort(entry -> entry.1, groupArray(tuple(place, trial)))) AS entries
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
            entries,
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
            policy_id < other AS is_a,
            entries,
            arrayMap(
                (entry, n) -> if(isNull(entry.1), 0, bitShiftLeft(toUInt128(assumeNotNull(entry.1)), 64) + n),
                entries,
                arrayEnumerateUniq(arrayMap(entry -> entry.1, entries))
            ) AS seed_keys
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
            groupArrayArrayIf(entries, is_a) AS entries_a,
            groupArrayArrayIf(entries, NOT is_a) AS entries_b,
            groupArrayArrayIf(seed_keys, is_a) AS seed_keys_a,
            groupArrayArrayIf(seed_keys, NOT is_a) AS seed_keys_b,
            arrayMap(
                (n, key) -> n = 2 AND key != 0,
                arraySlice(arrayEnumerateUniq(arrayConcat(seed_keys_b, seed_keys_a)), length(seed_keys_b) + 1),
                seed_keys_a
            ) AS are_by_seed_a,
            arrayMap(
                (n, key) -> n = 2 AND key != 0,
                arraySlice(arrayEnumerateUniq(arrayConcat(seed_keys_a, seed_keys_b)), length(seed_keys_a) + 1),
                seed_keys_b
            ) AS are_by_seed_b,
            arrayMap(
                (by_seed, entry, n) -> if(by_seed, 0, bitShiftLeft(ifNull(toUInt128(entry.2) + 1, 0), 32) + n),
                are_by_seed_a,
                entries_a,
                arrayEnumerateUniq(are_by_seed_a, arrayMap(entry -> entry.2, entries_a))
            ) AS number_keys_a,
            arrayMap(
                (by_seed, entry, n) -> if(by_seed, 0, bitShiftLeft(ifNull(toUInt128(entry.2) + 1, 0), 32) + n),
                are_by_seed_b,
                entries_b,
                arrayEnumerateUniq(are_by_seed_b, arrayMap(entry -> entry.2, entries_b))
            ) AS number_keys_b
        FROM sides
        GROUP BY
            experiment_id,
            policy_a,
            policy_b,
            task_id
    ),
    matched AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            task_id,
            arrayMap(
                (by_seed, seed_key, by_number, number_key) -> multiIf(
                    by_seed, tuple(1, seed_key),
                    by_number, tuple(2, number_key),
                    tuple(0, toUInt128(0))
                ),
                are_by_seed_a,
                seed_keys_a,
                arrayMap(
                    (n, key) -> n = 2 AND key != 0,
                    arraySlice(arrayEnumerateUniq(arrayConcat(number_keys_b, number_keys_a)), length(number_keys_b) + 1),
                    number_keys_a
                ),
                number_keys_a
            ) AS matches_a,
            arrayMap(
                (by_seed, seed_key, by_number, number_key) -> multiIf(
                    by_seed, tuple(1, seed_key),
                    by_number, tuple(2, number_key),
                    tuple(0, toUInt128(0))
                ),
                are_by_seed_b,
                seed_keys_b,
                arrayMap(
                    (n, key) -> n = 2 AND key != 0,
                    arraySlice(arrayEnumerateUniq(arrayConcat(number_keys_a, number_keys_b)), length(number_keys_a) + 1),
                    number_keys_b
                ),
                number_keys_b
            ) AS matches_b,
            arraySort(
                entry -> entry.1,
                arrayFilter(entry -> entry.1.1 > 0, arrayZip(matches_a, entries_a))
            ) AS paired_a,
            arraySort(
                entry -> entry.1,
                arrayFilter(entry -> entry.1.1 > 0, arrayZip(matches_b, entries_b))
            ) AS paired_b,
            arrayConcat(
                arrayMap((of_a, of_b) -> tuple(of_a.1.1 = 1, true, of_a.2, true, of_b.2), paired_a, paired_b),
                -- What stands for the side that is missing is not looked at.
                arrayMap(
                    entry -> tuple(false, true, entry, false, entry),
                    arrayFilter((entry, match) -> match.1 = 0, entries_a, matches_a)
                ),
                arrayMap(
                    entry -> tuple(false, false, entry, true, entry),
                    arrayFilter((entry, match) -> match.1 = 0, entries_b, matches_b)
                )
            ) AS pairs
        FROM faced
    )
SELECT
    experiment_id,
    policy_a,
    policy_b,
    task_id,
    pair.1 AS is_by_seed,
    if(pair.2, pair.3.3, NULL) AS run_id_a,
    if(pair.4, pair.5.3, NULL) AS run_id_b,
    if(pair.2, pair.3.4, NULL) AS is_excluded_a,
    if(pair.4, pair.5.4, NULL) AS is_excluded_b,
    if(pair.2, pair.3.5, NULL) AS is_stopped_a,
    if(pair.4, pair.5.5, NULL) AS is_stopped_b,
    if(pair.2, pair.3.6, NULL) AS success_all_a,
    if(pair.4, pair.5.6, NULL) AS success_all_b,
    if(pair.2, pair.3.7, NULL) AS success_graded_a,
    if(pair.4, pair.5.7, NULL) AS success_graded_b,
    if(pair.2, pair.3.8, NULL) AS cfg_hash_a,
    if(pair.4, pair.5.8, NULL) AS cfg_hash_b,
    if(pair.2, pair.3.9, NULL) AS env_hash_a,
    if(pair.4, pair.5.9, NULL) AS env_hash_b,
    if(pair.2, pair.3.10, NULL) AS total_tokens_a,
    if(pair.4, pair.5.10, NULL) AS total_tokens_b,
    if(pair.2, pair.3.11, NULL) AS cost_nano_aiu_a,
    if(pair.4, pair.5.11, NULL) AS cost_nano_aiu_b,
    isNotNull(success_all_a) AND isNotNull(success_all_b) AS is_pair
FROM matched
ARRAY JOIN pairs AS pair;
