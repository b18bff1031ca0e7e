"""The files that are made from the code, as they are checked in."""

import json
from typing import Final

from grafana.boards.alerts import alert_rules
from grafana.boards.board import Board
from grafana.boards.experiments import EXPERIMENTS
from grafana.boards.live import LIVE
from grafana.boards.operations import OPERATIONS
from grafana.boards.run import RUN_BOARD
from grafana.boards.tools import TOOLS
from grafana_foundation_sdk.cog.encoder import JSONEncoder

BOARDS: Final[tuple[Board, ...]] = (EXPERIMENTS, LIVE, RUN_BOARD, TOOLS, OPERATIONS)
DASHBOARDS: Final = "grafana/dashboards"
ALERT_RULES: Final = "grafana/provisioning/alerting/benchwire.yaml"


def files() -> dict[str, str]:
    """Content by path, below the project's folder."""
    made = {f"{DASHBOARDS}/{board.name}.json": _json(board.build()) for board in BOARDS}
    return {**made, ALERT_RULES: alert_rules()}


def _json(document: object) -> str:
    return json.dumps(document, cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"
