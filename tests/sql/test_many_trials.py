"""pass@k keeps its digits where trials are many: the view's own statement, over made-up counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.oracle_repetition import chances
from tests.support.view_store import ViewStore

from benchwire.embedded.store import ChdbStore

VIEW = Path(__file__).parents[2] / "sql" / "views" / "fct_task_pass_at_k.sql"
READ = "${database}.fct_success_groups_of(grain = 'task')"
N_TRIALS = 3000
SAMPLES = (0, 1, 2, 1499, 1500, 2999, 3000)
GROUPS = """(
    SELECT
        'e' AS experiment_id,
        toNullable('p') AS policy_id,
        toNullable(toString(resolved)) AS task_id,
        toUInt64({n}) AS n_counted,
        toUInt64(resolved) AS n_resolved,
        toUInt64(0) AS n_incomplete,
        toUInt64(0) AS n_excluded
    FROM (SELECT arrayJoin({samples}) AS resolved)
)"""


@pytest.fixture(scope="module")
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    store = ViewStore(chdb_store)
    yield store
    store.close()


def test_pass_at_k_of_thousands_of_trials_equals_exact_fractions(views: ViewStore) -> None:
    text = VIEW.read_text(encoding="utf-8")
    select = (
        text.partition(f"CREATE OR REPLACE VIEW {VIEW.stem} AS\n")[2].rstrip().removesuffix(";")
    )
    groups = GROUPS.format(n=N_TRIALS, samples=list(SAMPLES))
    rows = views.rows(
        f"SELECT n_resolved, k, pass_at_k, pass_hat_k "
        f"FROM ({select.replace(READ, groups)}) "
        f"WHERE k IN (1, 2, 17, 1000, 1500, 2998, {N_TRIALS})"
    )
    assert len(rows) == 7 * len(SAMPLES)
    for row in rows:
        one, every = chances(N_TRIALS, row["n_resolved"], row["k"])
        assert row["pass_at_k"] == pytest.approx(float(one), rel=1e-11, abs=0), row
        assert row["pass_hat_k"] == pytest.approx(float(every), rel=1e-11, abs=1e-300), row
