from pathlib import Path

import pytest
from pydantic import ValidationError

from benchwire.embedded.settings import EmbeddedSettings


def test_the_data_directory_is_absolute_and_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    assert EmbeddedSettings(data_dir=Path("link/x")).data_dir == tmp_path.resolve() / "x"


def test_the_default_follows_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCHWIRE_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert EmbeddedSettings().data_dir == tmp_path.resolve() / "benchwire"


@pytest.mark.parametrize("name", ["what?", "R&D", "two\nlines"])
def test_a_path_that_would_lose_the_access_control_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValidationError, match="must not contain"):
        EmbeddedSettings(data_dir=tmp_path / name)


def test_the_token_is_not_in_the_representation(tmp_path: Path) -> None:
    settings = EmbeddedSettings.model_validate({"data_dir": tmp_path, "sql_token": "tok-123"})
    assert "tok-123" not in repr(settings)
