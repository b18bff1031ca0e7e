"""What each reason of a dead letter means, and what a person can do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import typer


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence each, and the commands they speak of."""

    meaning: str
    remedy: str
    replay: str = "KEY"
    """What follows `dead-letters replay` once the cause is mended."""

    def commands(self, key: str) -> tuple[str, ...]:
        """Return what to type for one letter: look, bring back, put away."""
        replay = self.replay.replace("KEY", key)
        raw = (f"benchwire dead-letters show {key} --raw > line",) if "line" in replay else ()
        return (
            *raw,
            f"benchwire dead-letters replay {replay}",
            f'benchwire dead-letters discard {key} --because "…"',
        )


REPAIR: Final = (
    "Mend the program that wrote it. This line: write it to a file, repair it by hand and "
    "replay it, or discard it."
)
CORRECTED: Final = 'KEY --corrected line --because "…"'
UNKNOWN: Final = Explanation(
    "This version of benchwire does not know the reason.",
    "Ask with the version whose consumer refused it, or try `replay`: it judges again first.",
)

EXPLANATIONS: Final[dict[str, Explanation]] = {
    "not_json": Explanation(
        "The line is no JSON text in UTF-8: cut off, binary, or written by something else.",
        REPAIR,
        CORRECTED,
    ),
    "not_object": Explanation("The line is JSON, but no object.", REPAIR, CORRECTED),
    "too_deep": Explanation("The line nests deeper than an event may.", REPAIR, CORRECTED),
    "duplicate_key": Explanation(
        "An object in the line holds a key twice, so it says two things at once.", REPAIR, CORRECTED
    ),
    "newer_version": Explanation(
        "The event is of a newer version of the wire than the consumer knew.",
        "Upgrade the consumer (restart the daemon with the new version), then `replay`.",
    ),
    "unknown_event_type": Explanation(
        "The consumer knew no event type of this name.",
        "If a newer producer sends it, upgrade the consumer and `replay`; else discard it.",
    ),
    "unknown_field": Explanation(
        "The envelope has a field that the consumer did not know.",
        "If a newer producer sends it, upgrade the consumer and `replay`; else repair the line.",
    ),
    "missing_field": Explanation("A required field is missing.", REPAIR, CORRECTED),
    "invalid_field": Explanation("A field has a wrong type, form or range.", REPAIR, CORRECTED),
    "wrong_event_id": Explanation(
        "event_id is not the one that follows from run_id, emitter, epoch and seq: the line was "
        "changed on its way, or its writer computes ids differently.",
        REPAIR,
        CORRECTED,
    ),
    "wrong_payload_hash": Explanation(
        "payload_hash is not the hash of data as received: the line was changed on its way.",
        REPAIR + " A line whose data differ from what was sent shows as `conflict` in integrity.",
        CORRECTED,
    ),
    "mixed_message": Explanation(
        "The line belongs to another run, emitter or epoch than the first of its message.",
        "The line itself is good: `replay`; with --own-subject if it is of another run.",
    ),
    "wrong_subject": Explanation(
        "The event was published on another subject than its identifiers make, where whoever "
        "filters by subject, or may only write there, would be misled.",
        "If its writer may write for this experiment, replay it on its own subject; else discard "
        "it.",
        "KEY --own-subject",
    ),
    "too_large": Explanation(
        "The line is longer than events may be.",
        "Raise the limit and `replay`, or shorten its long texts as for a repair.",
    ),
}
"""By reason of the decoder; the two of the consumer itself are below."""

OF_THE_CONSUMER: Final[dict[str, Explanation]] = {
    "row_refused": Explanation(
        "The event is valid, but ClickHouse refused its row: the table differs from what this "
        "version expects, or has a constraint.",
        "Read the detail, mend the table (`benchwire migrate --dry-run` shows what is missing), "
        "then `replay`.",
    ),
    "decoder_failed": Explanation(
        "The message made the decoder itself fail: a fault of ours.",
        "Report it with the bytes (--raw), upgrade, then `replay`.",
    ),
}


def refuse_unknown(reasons: Iterable[str]) -> None:
    """Refuse a reason that nobody gives, for a choice that found no letter.

    A newer consumer may give reasons unknown here; its letters are found all the same.
    """
    known = (*EXPLANATIONS, *OF_THE_CONSUMER)
    for reason in reasons:
        if reason not in known:
            raise typer.BadParameter(f"--reason {reason!r} is none of {', '.join(known)}")


def explanation(reason: str) -> Explanation:
    """Return what a reason means, whoever gave it."""
    return {**EXPLANATIONS, **OF_THE_CONSUMER}.get(reason, UNKNOWN)
