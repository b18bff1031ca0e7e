"""How a pydantic refusal becomes an ``InvalidEvent`` that names fields and never shows values."""

from typing import Final

from pydantic import ValidationError

from benchwire.schemas.errors import InvalidEvent, InvalidReason
from benchwire.schemas.redaction import Redactor

_ERRORS_SHOWN: Final = 3
_DETAIL_CHARS_MAX: Final = 500
_REASONS: Final[dict[str, InvalidReason]] = {
    "extra_forbidden": "unknown_field",
    "missing": "missing_field",
    "json_depth": "too_deep",
}
# These messages quote what was found; a message of ours says the same without it.
_MESSAGES: Final[dict[str, str]] = {
    "union_tag_invalid": "kind is not one of the known ones",
    "union_tag_not_found": "kind is missing",
}


def invalid_event(error: ValidationError, prefix: str = "") -> InvalidEvent:
    """Return the refusal in this project's words; the first error decides the reason."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    shown: list[str] = []
    for one in errors[:_ERRORS_SHOWN]:
        path = ".".join(str(part) for part in one["loc"])
        shown.append(f"{prefix}{path}: {_MESSAGES.get(one['type'], one['msg'])}")
    if len(errors) > _ERRORS_SHOWN:
        shown.append(f"and {len(errors) - _ERRORS_SHOWN} more")
    reason = _REASONS.get(errors[0]["type"], "invalid_field")
    # Paths hold names that a stranger chose: those of unknown fields, and keys of maps.
    return InvalidEvent(reason, Redactor().text("; ".join(shown))[:_DETAIL_CHARS_MAX])
