"""What a panel asks: columns of a report, as SQL with the macros of Grafana and its plugin.

Names reach SQL percent-encoded and are decoded by the store: whatever a name holds (quotes,
backslashes, macros), it stays a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

EXPERIMENT: Final = "decodeURLComponent('${experiment:percentencode}')"
"""The one experiment that is chosen."""
RUN: Final = "toUUIDOrZero('${run:percentencode}')"
OF_EXPERIMENT: Final = f"experiment_id = {EXPERIMENT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One SELECT from a report; columns are names or `expression AS name`."""

    view: str
    columns: Sequence[str]
    where: Sequence[str] = ()
    group_by: Sequence[str] = ()
    order_by: str = ""
    limit: int | None = None

    @property
    def names(self) -> list[str]:
        """The names of the columns that come back."""
        return [column.rpartition(" AS ")[2] for column in self.columns]

    @property
    def sql(self) -> str:
        """The statement, one clause a line."""
        lines = ["SELECT", "    " + ",\n    ".join(self.columns), f"FROM {self.view}"]
        if self.where:
            lines.append("WHERE " + "\n    AND ".join(self.where))
        if self.group_by:
            lines.append("GROUP BY " + ", ".join(self.group_by))
        if self.order_by:
            lines.append(f"ORDER BY {self.order_by}")
        if self.limit is not None:
            lines.append(f"LIMIT {self.limit}")
        return "\n".join(lines)


def of_experiment(view: str, **more: str) -> str:
    """The call of a report whose parameter is the experiment."""
    return _called(view, {"experiment": EXPERIMENT, **more})


def of_run(view: str) -> str:
    """The call of a report whose parameter is the run."""
    return _called(view, {"run_id": RUN})


def chosen(variable: str, column: str = "") -> str:
    """A condition that a column is among the chosen values; none where all are chosen.

    The column is the variable's own (`policy` chooses `policy_id`), unless one is named.
    """
    column = column or f"{variable}_id"
    # p=<value>&p=<value>: the only format of several values that keeps every character.
    values = (
        "arrayMap(p -> decodeURLComponent(substring(p, 3)), "
        f"splitByChar('&', '${{{variable}:customqueryparam:p}}'))"
    )
    return f"$__conditionalAll(has({values}, toString({column})), ${variable})"


def text(column: str) -> str:
    """A column whose type the plugin would hand on as an object, as text."""
    return f"toString({column}) AS {column}"


def yes_no(column: str) -> str:
    """A truth value as a word; none where it is not known."""
    return f"multiIf(isNull({column}), NULL, {column}, 'yes', 'no') AS {column}"


def _called(view: str, arguments: dict[str, str]) -> str:
    written = ", ".join(f"{name} = {value}" for name, value in arguments.items())
    return f"{view}({written})"
