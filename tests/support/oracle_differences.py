"""Computes in what the documents of two policies differ, pair by pair of their matched trials."""

from collections import defaultdict
from typing import Any

from tests.support.history_payloads import DOCUMENTS
from tests.support.oracle import OracleRun, Row
from tests.support.oracle_comparison import flat
from tests.support.oracle_trials import Trial, find_trials, match_policies


def policy_differences(
    runs: list[OracleRun], experiment_id: str, policy_a: str, policy_b: str
) -> list[Row]:
    """All rows of rpt_policy_differences, with lists of parsed values."""
    first, second = sorted((policy_a, policy_b), key=str.encode)
    matches = match_policies(find_trials(runs)).get((experiment_id, first, second), {})
    pairs = [(m.a, m.b) for found in matches.values() for m in found if m.a and m.b and m.is_pair]
    if first != policy_a:
        pairs = [(b, a) for a, b in pairs]
    return [row for kind in DOCUMENTS for row in _of_kind(kind, pairs)]


def _of_kind(kind: str, pairs: list[tuple[Trial, Trial]]) -> list[Row]:
    differing: dict[str, list[tuple[list[Any], list[Any]]]] = defaultdict(list)
    n_compared = 0
    for a, b in pairs:
        hashes = [side.hashes[kind] for side in (a, b)]
        documents = [DOCUMENTS[kind].get(name or "") for name in hashes]
        if None in hashes or (hashes[0] != hashes[1] and None in documents):
            continue
        n_compared += 1
        ours, theirs = (flat(document or {}) for document in documents)
        for key in ours | theirs:
            values = tuple([side[key]] if key in side else [] for side in (ours, theirs))
            if values[0] != values[1]:
                differing[key].append((values[0], values[1]))
    return [
        {
            "kind": kind,
            "key": key,
            "n_pairs_compared": n_compared,
            "n_pairs_differing": len(found),
            "n_pairs_without_a": sum(not a for a, _ in found),
            "n_pairs_without_b": sum(not b for _, b in found),
            "values_a": _distinct([value for a, _ in found for value in a]),
            "values_b": _distinct([value for _, b in found for value in b]),
        }
        for key, found in differing.items()
    ]


def _distinct(values: list[Any]) -> list[Any]:
    return sorted({repr(value): value for value in values}.values(), key=repr)
