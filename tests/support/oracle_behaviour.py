"""Which oracle answers for which report of behaviour, and what tells its rows apart."""

from collections.abc import Callable

from tests.support.oracle import OracleRun, Row
from tests.support.oracle_calibration import context_calibration, kept_by_size
from tests.support.oracle_files import files_touched
from tests.support.oracle_optimizer import optimizer_calibration, optimizer_updates
from tests.support.oracle_recovery import failure_recovery, failure_texts
from tests.support.oracle_sequences import tool_sequences, tool_transitions

Oracle = Callable[[list[OracleRun], str], list[Row]]
BEHAVIOUR_VIEWS: dict[str, tuple[Oracle, tuple[str, ...]]] = {
    "rpt_tool_sequences": (tool_sequences, ("policy_id", "tools")),
    "rpt_tool_transitions": (tool_transitions, ("policy_id", "from_tool", "to_tool")),
    "rpt_files_touched": (files_touched, ("policy_id", "task_id", "path")),
    "rpt_failure_recovery": (failure_recovery, ("policy_id", "root_kind")),
    "rpt_failure_texts": (failure_texts, ("policy_id", "root_kind", "says", "text")),
    "rpt_context_calibration": (context_calibration, ("policy_id", "judged_by", "bin_no")),
    "rpt_context_kept_by_size": (kept_by_size, ("policy_id", "measure", "size_from")),
}
"""Reports of one experiment: the oracle and the key."""
OPTIMIZER_VIEWS: dict[str, tuple[Callable[[list[OracleRun]], list[Row]], str]] = {
    "rpt_optimizer_updates": (optimizer_updates, "update_no"),
    "rpt_optimizer_calibration": (optimizer_calibration, "optimizer"),
}
"""Reports of the whole store: the oracle and what tells the rows of an experiment apart."""
