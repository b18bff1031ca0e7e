"""How a pydantic refusal becomes an ``InvalidEvent`` that names fields and never shows values."""

from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from benchwire.schemas.errors import InvalidEvent, InvalidReason
from benchwire.schemas.field_names import no_such_field
from benchwire.schemas.redaction import Redactor

_ERRORS_SHOWN: Final = 3
_DETAIL_CHARS_MAX: Final = 500
_REASONS: Final[dict[str, InvalidReason]] = {
    "extra_forbidden": "unknown_field",
    "missing": "missing_field",
    "json_depth": "too_deep",
}


def invalid_event(error: ValidationError, model: type[BaseModel], prefix: str = "") -> InvalidEvent:
    """Return a model's refusal in this project's words; the first error decides the reason."""
    errors = error.errors(include_url=False, include_input=False)
    shown: list[str] = []
    for one in errors[:_ERRORS_SHOWN]:
        path = ".".join(str(part) for part in one["loc"])
        shown.append(f"{prefix}{path}: {_message(one, model)}")
    if len(errors) > _ERRORS_SHOWN:
        shown.append(f"and {len(errors) - _ERRORS_SHOWN} more")
    reason = _REASONS.get(errors[0]["type"], "invalid_field")
    # Paths hold names that a stranger chose: those of unknown fields, and keys of maps.
    return InvalidEvent(reason, Redactor().text("; ".join(shown))[:_DETAIL_CHARS_MAX])


def _message(error: ErrorDetails, model: type[BaseModel]) -> str:
    if error["type"] == "extra_forbidden":
        return no_such_field(model, error["loc"])
    if error["type"] == "union_tag_invalid":
        # pydantic's own message quotes what was found.
        return f"kind is none of {error['ctx']['expected_tags']}"  # pyright: ignore[reportTypedDictNotRequiredAccess]
    if error["type"] == "union_tag_not_found":
        return "kind is missing"
    return error["msg"]
