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
-- What a trial says is one tuple on its way through the windows: each column more would be planned and sorted at every level.
CREATE OR REPLACE VIEW fct_policy_pairs AS
WITH
    dated AS
    (
        SELECT
            trials.experiment_id AS experiment_id,
            trials.policy_id AS policy_id,
            trials.task_id AS task_id,
            trials.job_id AS job_id,
            trials.trial_no AS trial_no,
            trials.seed AS seed,
            trials.final_run_id AS run_id,
            trials.started_at AS started_at,
            min(trials.started_at) OVER (PARTITION BY trials.experiment_id, trials.job_id) AS job_started_at,
            groupUniqArray(trials.policy_id) OVER (PARTITION BY trials.experiment_id) AS policies,
            tuple(
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
    ordered AS
    (
        SELECT
            experiment_id,
            policy_id,
            task_id,
            trial_no,
            seed,
            policies,
            trial,
            row_number() OVER (
                PARTITION BY experiment_id, policy_id, task_id
                ORDER BY job_started_at, job_id, started_at, toString(run_id)
            ) AS place
        FROM dated
    ),
    sides AS
    (
        SELECT
            experiment_id,
            toString(least(policy_id, other)) AS policy_a,
            toString(greatest(policy_id, other)) AS policy_b,
            task_id,
            policy_id < other AS is_a,
            trial_no,
            seed,
            trial,
            place
        FROM ordered
        ARRAY JOIN arrayFilter(each -> each != policy_id, policies) AS other
    ),
    seeded AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            task_id,
            is_a,
            trial_no,
            seed,
            trial,
            place,
            row_number() OVER (
                PARTITION BY experiment_id, policy_a, policy_b, task_id, seed, is_a ORDER BY place
            ) AS seed_place
        FROM sides
    ),
    matched_by_seed AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            task_id,
            is_a,
            trial_no,
            seed,
            trial,
            place,
            seed_place,
            isNotNull(seed) AND count() OVER (
                PARTITION BY experiment_id, policy_a, policy_b, task_id, seed, seed_place
            ) = 2 AS is_by_seed
        FROM seeded
    ),
    numbered AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            task_id,
            is_a,
            trial_no,
            seed,
            trial,
            seed_place,
            is_by_seed,
            row_number() OVER (
                PARTITION BY experiment_id, policy_a, policy_b, task_id, is_by_seed, trial_no, is_a ORDER BY place
            ) AS number_place
        FROM matched_by_seed
    ),
    matched AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            task_id,
            is_by_seed,
            if(is_by_seed, seed, NULL) AS matched_seed,
            if(is_by_seed, NULL, trial_no) AS matched_trial_no,
            if(is_by_seed, seed_place, number_place) AS matched_place,
            -- Of each side one trial at most.
            groupArrayIf(trial, is_a) AS trials_a,
            groupArrayIf(trial, NOT is_a) AS trials_b
        FROM numbered
        GROUP BY
            experiment_id,
            policy_a,
            policy_b,
            task_id,
            is_by_seed,
            matched_seed,
            matched_trial_no,
            matched_place
    )
SELECT
    experiment_id,
    policy_a,
    policy_b,
    task_id,
    is_by_seed,
    matched_seed,
    matched_trial_no,
    matched_place,
    if(empty(trials_a), NULL, trials_a[1].1) AS run_id_a,
    if(empty(trials_b), NULL, trials_b[1].1) AS run_id_b,
    if(empty(trials_a), NULL, trials_a[1].2) AS is_excluded_a,
    if(empty(trials_b), NULL, trials_b[1].2) AS is_excluded_b,
    if(empty(trials_a), NULL, trials_a[1].3) AS is_stopped_a,
    if(empty(trials_b), NULL, trials_b[1].3) AS is_stopped_b,
    if(empty(trials_a), NULL, trials_a[1].4) AS success_all_a,
    if(empty(trials_b), NULL, trials_b[1].4) AS success_all_b,
    if(empty(trials_a), NULL, trials_a[1].5) AS success_graded_a,
    if(empty(trials_b), NULL, trials_b[1].5) AS success_graded_b,
    if(empty(trials_a), NULL, trials_a[1].6) AS cfg_hash_a,
    if(empty(trials_b), NULL, trials_b[1].6) AS cfg_hash_b,
    if(empty(trials_a), NULL, trials_a[1].7) AS env_hash_a,
    if(empty(trials_b), NULL, trials_b[1].7) AS env_hash_b,
    if(empty(trials_a), NULL, trials_a[1].8) AS total_tokens_a,
    if(empty(trials_b), NULL, trials_b[1].8) AS total_tokens_b,
    if(empty(trials_a), NULL, trials_a[1].9) AS cost_nano_aiu_a,
    if(empty(trials_b), NULL, trials_b[1].9) AS cost_nano_aiu_b,
    isNotNull(success_all_a) AND isNotNull(success_all_b) AS is_pair
FROM matched;
