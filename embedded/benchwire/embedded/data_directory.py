"""Names of everything inside the data directory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Paths below one root; `create` makes what must exist before engines start."""

    root: Path

    @property
    def journal(self) -> Path:
        """Segments of events that producers wrote."""
        return self.root / "journal"

    @property
    def nats(self) -> Path:
        """Configuration and JetStream storage of nats-server."""
        return self.root / "nats"

    @property
    def store(self) -> Path:
        """The chDB database; one process at a time may open it."""
        return self.root / "store"

    @property
    def engine_config(self) -> Path:
        """Engine configuration written at every start."""
        return self.root / "engine"

    @property
    def log(self) -> Path:
        """Logs of the daemon and of nats-server."""
        return self.root / "log"

    @property
    def registration(self) -> Path:
        """Where the running daemon says how to reach it; readable by the owner only."""
        return self.root / "daemon.json"

    @property
    def lock(self) -> Path:
        """Held (flock) by the process that runs the engines, as long as it lives."""
        return self.root / "daemon.lock"

    @property
    def ports(self) -> Path:
        """Ports chosen at the first start, so that a restart keeps them."""
        return self.root / "ports.json"

    def create(self) -> None:
        """Make the directories; only the owner may look inside."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in (self.journal, self.nats, self.engine_config, self.log):
            path.mkdir(exist_ok=True, mode=0o700)
