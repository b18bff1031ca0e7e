"""What can go wrong with engines on one machine, and what to do about it."""

from benchwire.schemas.errors import BenchwireError


class EmbeddedError(BenchwireError):
    """Something about the embedded stack failed."""


class EngineMissingError(EmbeddedError):
    """An engine's wheel is not installed."""


class EngineStartError(EmbeddedError):
    """An engine did not come up."""


class EngineFailedError(EmbeddedError):
    """An engine that ran fails every statement now."""


class EnginesBusyError(EmbeddedError):
    """Another process runs the engines of this data directory, and this one cannot use them."""


class OwnerGoneError(EmbeddedError):
    """The process that runs the engines went away or is about to; asking again may find another."""


class QueryError(EmbeddedError):
    """The SQL endpoint refused or could not answer a query; `code` is ClickHouse's."""

    def __init__(self, message: str, *, code: int = 0, status: int = 500, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status
