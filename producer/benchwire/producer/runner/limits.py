"""What an experiment file may limit: the time a trial takes, what is spent, further attempts."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """A table of the experiment file: no key is overlooked, nothing is changed afterwards."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        protected_namespaces=(),
        # Errors name the key, never the value found there: it may be a secret.
        hide_input_in_errors=True,
    )


class Timeouts(Section):
    """How long the parts of a trial may take; what takes longer is ended, and recorded so."""

    agent_seconds: Seconds = 1800.0
    """The agent; the run's status is then `timed_out`, and its work is verified as it stands."""
    setup_seconds: Seconds = 600.0
    """Workspace and setup commands together; the run's status is then `harness_error`."""
    verify_seconds: Seconds = 600.0
    """The verify command; the run is then ungraded, its status `harness_error`."""


class Budget(Section):
    """Limits of what may be spent; the first one reached cancels what runs."""

    aiu: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """AIU, as the agents report them."""
    tokens: int | None = Field(default=None, ge=1)
    """Tokens: input, cache read, cache write and output together."""
    wall_seconds: Seconds | None = None
    """Time, from the start of the job in this process, or of the run."""


class Budgets(Section):
    """Budgets of the whole job and of each run."""

    job: Budget = Budget()
    """All runs this process makes of the job; when it is used up, running trials are cancelled
    and no other starts. A resumed job begins anew."""
    run: Budget = Budget()
    """Each run by itself; when it is used up, that run is cancelled and the job goes on."""


class Retries(Section):
    """When a trial whose infrastructure failed is tried again, as the next attempt."""

    max: int = Field(default=1, ge=0, le=100)
    """Further attempts after a `harness_error`; agents that fail are not tried again."""
    backoff_seconds: float = Field(default=1.0, ge=0, le=3600, allow_inf_nan=False)
    """Wait before the first of them; each further wait doubles."""
