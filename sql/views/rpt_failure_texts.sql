-- question:     What is said to contribute to failures of each kind, and what to help against them?
-- grain:        one row per policy, root kind, says and text, at most the 50 texts named most often; experiment is a parameter
-- keys:         policy_id, root_kind, says ('contributing_factor', 'remediation_suggestion'), text (or rank)
-- units:        share 0 to 1
-- denominators: share = n_failures_naming / n_failures, all failures of the policy with this root kind
-- late, duplicate, missing: a failure that names a text twice names it once; rank goes by n_failures_naming, of equals the first by
--               text, and n_texts counts all texts. n_failures_said counts the failures that name any. Every attempt counts, also
--               earlier ones and open ones (n_incomplete); attempts of excluded trials are left out (n_excluded); superseded runs
--               count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_failure_texts AS
WITH
    said AS
    (
        SELECT
            runs.policy_id AS policy_id,
            runs.n_incomplete AS n_incomplete,
            runs.n_excluded AS n_excluded,
            toString(found.root_kind) AS root_kind,
            found.run_id AS run_id,
            [
                tuple('contributing_factor', arrayDistinct(found.contributing_factors)),
                tuple('remediation_suggestion', arrayDistinct(found.remediation_suggestions))
            ] AS lists
        FROM stg_failures AS found
        INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = found.run_id
        WHERE found.experiment_id = {experiment:String} AND NOT runs.is_excluded
    ),
    gathered AS
    (
        SELECT
            policy_id,
            root_kind,
            list.1 AS says,
            max(n_incomplete) AS n_incomplete,
            max(n_excluded) AS n_excluded,
            count() AS n_failures,
            countIf(notEmpty(list.2)) AS n_failures_said,
            groupArrayArray(arrayMap(text -> tuple(text, run_id), list.2)) AS namings
        FROM said
        ARRAY JOIN lists AS list
        GROUP BY
            policy_id,
            root_kind,
            says
    ),
    counted AS
    (
        SELECT
            policy_id,
            root_kind,
            says,
            naming.1 AS text,
            max(n_incomplete) AS n_incomplete,
            max(n_excluded) AS n_excluded,
            max(n_failures) AS n_failures,
            max(n_failures_said) AS n_failures_said,
            count() AS n_failures_naming,
            uniqExact(naming.2) AS n_runs_naming
        FROM gathered
        ARRAY JOIN namings AS naming
        GROUP BY
            policy_id,
            root_kind,
            says,
            text
    ),
    ranked AS
    (
        SELECT
            *,
            count() OVER (PARTITION BY policy_id, root_kind, says) AS n_texts,
            row_number() OVER (
                PARTITION BY policy_id, root_kind, says
                ORDER BY n_failures_naming DESC, text
            ) AS rank
        FROM counted
    )
SELECT
    policy_id,
    root_kind,
    says,
    rank,
    text,
    n_incomplete,
    n_excluded,
    n_failures,
    n_failures_said,
    n_failures_naming,
    n_failures_naming / nullIf(n_failures, 0) AS share,
    n_runs_naming,
    n_texts
FROM ranked
WHERE rank <= 50
ORDER BY
    policy_id,
    root_kind,
    says,
    rank;
