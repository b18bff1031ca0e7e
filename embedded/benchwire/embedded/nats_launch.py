"""Launches the nats-server of a data directory; the caller holds the directory's lock."""

from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.nats_binary import nats_server_binary
from benchwire.embedded.nats_config import NatsConfig
from benchwire.embedded.nats_process import NatsServer
from benchwire.embedded.ports import RememberedPorts
from benchwire.embedded.settings import EmbeddedSettings


def launch_nats(settings: EmbeddedSettings, data: DataDirectory, server_name: str) -> NatsServer:
    """Start the server on the port it had before, without waiting until it answers."""
    config = NatsConfig(
        directory=data.nats,
        log_file=data.log / "nats-server.log",
        server_name=server_name,
        port=0,
        store_bytes_max=settings.nats_store_bytes_max,
        payload_bytes_max=settings.nats_payload_bytes_max,
    )
    # Before choosing a port: an orphan may still sit on the one we remember.
    config.end_orphan()
    port = RememberedPorts(data.ports).choose("nats", asked=settings.nats_port)
    server = NatsServer(config.with_port(port), nats_server_binary())
    server.launch()
    return server
