-- question:     Does a policy solve more or less from job to job?
-- grain:        one row per experiment, policy and job, numbered by job_no in the order in which the policy's jobs began
-- keys:         experiment_id, policy_id, job_id (or job_no)
-- units:        rates and differences of rates, -1 to 1; first_started_at in UTC microseconds
-- denominators: success_rate_graded = n_resolved / n_graded and success_rate_all = n_resolved / n_counted of the job;
--               success_rate_graded_so_far = n_resolved_so_far / n_graded_so_far of this job and all before; intervals of the
--               graded ones are Wilson's, 95 %. difference = success_rate_graded minus that of previous_job_id, the last job
--               before with a graded trial; its 95 % interval is the hybrid score interval for independent samples (method 10
--               of R. G. Newcombe, Interval Estimation for the Difference Between Independent Proportions, Statistics in
--               Medicine 17, 1998). Jobs may hold other tasks (n_tasks): what differs may be the tasks. NULL when a
--               denominator is 0 and where there is nothing before
-- late, duplicate, missing: as fct_success_groups_of says: one final attempt speaks for each trial, superseded runs count nowhere,
--               open trials are in n_incomplete, excluded ones in n_excluded, and neither is in a rate. Jobs begin with their
--               earliest run, at once by job_id; without any known time they are last. An imported job takes its place in
--               time and so renumbers the later ones
-- operational:  no
CREATE OR REPLACE VIEW rpt_success_trend AS
WITH
    numbered AS
    (
        SELECT
            groups.experiment_id AS experiment_id,
            assumeNotNull(groups.policy_id) AS policy_id,
            assumeNotNull(groups.job_id) AS job_id,
            row_number() OVER (
                PARTITION BY
                    groups.experiment_id,
                    groups.policy_id
                ORDER BY
                    groups.first_started_at ASC NULLS LAST,
                    groups.job_id
            ) AS job_no,
            groups.first_started_at AS first_started_at,
            groups.n_tasks AS n_tasks,
            groups.n_trials AS n_trials,
            groups.n_counted AS n_counted,
            groups.n_graded AS n_graded,
            groups.n_resolved AS n_resolved,
            groups.n_errored AS n_errored,
            groups.n_incomplete AS n_incomplete,
            groups.n_excluded AS n_excluded,
            groups.success_rate_graded AS success_rate_graded,
            groups.success_rate_graded_low AS low,
            groups.success_rate_graded_high AS high,
            groups.success_rate_all AS success_rate_all
        FROM ${database}.fct_success_groups_of(grain = 'job') AS groups
    ),
    placed AS
    (
        SELECT
            *,
            sum(n_graded) OVER so_far AS n_graded_so_far,
            sum(n_resolved) OVER so_far AS n_resolved_so_far,
            n_graded_so_far > n_graded AS has_previous,
            argMaxIf(
                tuple(job_id, ifNull(success_rate_graded, 0), ifNull(low, 0), ifNull(high, 0)),
                job_no,
                n_graded > 0
            ) OVER before AS previous
        FROM numbered
        WINDOW
            so_far AS (
                PARTITION BY
                    experiment_id,
                    policy_id
                ORDER BY job_no
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ),
            before AS (
                PARTITION BY
                    experiment_id,
                    policy_id
                ORDER BY job_no
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            )
    ),
    rated AS
    (
        SELECT
            *,
            if(has_previous, success_rate_graded - previous.2, NULL) AS difference,
            n_resolved_so_far / nullIf(n_graded_so_far, 0) AS rate_so_far,
            pow(1.959963984540054, 2) / nullIf(n_graded_so_far, 0) AS shrinkage,
            (rate_so_far + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate_so_far * (1 - rate_so_far) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage) AS half_width
        FROM placed
    )
SELECT
    experiment_id,
    policy_id,
    job_no,
    job_id,
    first_started_at,
    n_tasks,
    n_trials,
    n_counted,
    n_graded,
    n_resolved,
    n_errored,
    n_incomplete,
    n_excluded,
    success_rate_graded,
    low AS success_rate_graded_low,
    high AS success_rate_graded_high,
    success_rate_all,
    if(has_previous, previous.1, NULL) AS previous_job_id,
    difference,
    difference - sqrt(pow(success_rate_graded - low, 2) + pow(previous.4 - previous.2, 2)) AS difference_low,
    difference + sqrt(pow(high - success_rate_graded, 2) + pow(previous.2 - previous.3, 2)) AS difference_high,
    n_graded_so_far,
    n_resolved_so_far,
    rate_so_far AS success_rate_graded_so_far,
    if(isNull(rate_so_far), NULL, greatest(0.0, centre - half_width)) AS success_rate_graded_so_far_low,
    if(isNull(rate_so_far), NULL, least(1.0, centre + half_width)) AS success_rate_graded_so_far_high
FROM rated
ORDER BY
    experiment_id,
    policy_id,
    job_no;
