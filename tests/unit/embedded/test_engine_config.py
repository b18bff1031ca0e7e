from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from benchwire.embedded.engine_config import connection_string, write_engine_config


def test_no_grant_names_a_source(tmp_path: Path) -> None:
    write_engine_config(tmp_path)
    grants = ET.parse(tmp_path / "users.xml").findall(".//grants/query")  # noqa: S314
    text = " ".join(grant.text or "" for grant in grants)
    assert "SELECT" in text
    for source in ("SOURCES", "FILE", "URL", "REMOTE", "S3", "ALL", "NAMED COLLECTION"):
        assert source not in text.replace("SYSTEM FLUSH LOGS", "")


def test_paths_are_escaped_for_xml(tmp_path: Path) -> None:
    directory = tmp_path / "a<b>"
    config = ET.parse(write_engine_config(directory))  # noqa: S314
    assert config.findtext("users_config") == str(directory / "users.xml")


def test_options_are_encoded_and_the_path_is_not(tmp_path: Path) -> None:
    text = connection_string(tmp_path / "s p", tmp_path / "c=1 #2" / "config.xml")
    path, _, option = text.partition("?config-file=")
    assert path == str(tmp_path / "s p")
    assert unquote(option) == str(tmp_path / "c=1 #2" / "config.xml")
    assert "#" not in option
