import socket
from pathlib import Path

from benchwire.embedded.ports import RememberedPorts, free_port, is_free


def test_a_port_is_chosen_once_and_kept(tmp_path: Path) -> None:
    first = RememberedPorts(tmp_path / "ports.json").choose("nats")
    assert RememberedPorts(tmp_path / "ports.json").choose("nats") == first


def test_two_servers_get_two_ports(tmp_path: Path) -> None:
    ports = RememberedPorts(tmp_path / "ports.json")
    assert ports.choose("nats") != ports.choose("sql")


def test_a_port_taken_by_somebody_else_is_replaced_and_the_new_one_kept(tmp_path: Path) -> None:
    ports = RememberedPorts(tmp_path / "ports.json")
    first = ports.choose("nats")
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        assert not is_free(first)
        second = ports.choose("nats")
        assert second != first
    assert ports.choose("nats") == second


def test_the_port_asked_for_wins(tmp_path: Path) -> None:
    ports = RememberedPorts(tmp_path / "ports.json")
    ports.choose("nats")
    asked = free_port()
    assert ports.choose("nats", asked=asked) == asked


def test_a_damaged_memory_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    for damage in ("", "[1]", "not json", '{"nats": "x", "3": null}'):
        path.write_text(damage)
        assert RememberedPorts(path).choose("nats") > 0
