"""What a consumer knows about its own condition."""

from dataclasses import dataclass

from benchwire.consumer.brake import Brake
from benchwire.consumer.metrics import Metrics
from benchwire.consumer.readiness import Readiness


@dataclass(frozen=True, slots=True)
class Vitals:
    """Shared by the parts of one consumer."""

    metrics: Metrics
    readiness: Readiness
    brake: Brake
