"""What stands in the place of the tables as long as nothing of what is watched is known."""

from typing import Final

from rich.text import Text

from benchwire.cli.watching.head import Situation
from benchwire.cli.watching.tables import plain

SHOWN_MAX: Final = 8


def nothing_yet(situation: Situation, width: int) -> list[Text]:
    """Say so, and what else there is; the screen goes on waiting."""
    if situation.experiment_id is None:
        return [
            plain("nothing has run yet: what starts shows up here", width, "yellow"),
            plain("`benchwire run FILE` starts an experiment, `benchwire demo` a small one", width),
        ]
    lines = [
        plain(f"nothing of experiment {situation.experiment_id!r} is known yet", width, "yellow"),
        plain("what comes of it shows up here", width),
    ]
    names = situation.known_experiments
    if names:
        lines += [Text(), plain("experiments that are known, the latest first:", width)]
        lines += [plain(f"  {name}", width) for name in names[:SHOWN_MAX]]
        if len(names) > SHOWN_MAX:
            lines.append(plain(f"  and {len(names) - SHOWN_MAX} more", width, "dim"))
    return lines
