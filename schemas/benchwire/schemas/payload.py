"""The base every payload model shares: frozen, strict about extras, absent means ``None``."""

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """The ``data`` object of an event, or a part of one.

    Optional fields that are ``None`` are left out of the JSON: absent is never 0 or "".
    Extra fields are refused when an event is made; readers keep them in ``data``.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        protected_namespaces=(),
        # Errors must not show values, which may be secrets.
        hide_input_in_errors=True,
        # Importing the vocabulary must stay cheap: validators are built when first used.
        defer_build=True,
    )
