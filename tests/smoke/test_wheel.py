"""The wheel holds everything the product needs, and works without the checkout."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_wheel_ships_code_types_sql_and_examples(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("schemas", "producer", "consumer", "analysis", "embedded", "cli"):
        assert f"benchwire/{package}/py.typed" in names
    for folder in ("tables", "views"):
        for source in sorted((ROOT / "sql" / folder).glob("*.sql")):
            assert f"benchwire/sql/{folder}/{source.name}" in names
    assert "benchwire/examples/README.md" in names
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)
    assert not any(name == "benchwire/__init__.py" for name in names)


@pytest.mark.parametrize(
    ("words", "printed"),
    [("migrate --dry-run", "CREATE TABLE"), ("schema export --type step", '"title": "step"')],
)
def test_installed_wheel_runs_without_the_checkout(
    wheel: Path, tmp_path: Path, words: str, printed: str
) -> None:
    """``-S`` keeps the editable install out; only the wheel and its dependencies are seen."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = (
        "import sys; sys.path[:0] = [sys.argv[1]]; sys.path.append(sys.argv[2]);"
        "import benchwire.cli.main as m; from benchwire.consumer import sqlfiles;"
        "assert m.__file__.startswith(sys.argv[1]), m.__file__;"
        "sys.argv = ['benchwire', *sys.argv[4:], '--data-dir', sys.argv[3]]; m.main()"
    )
    purelib = sysconfig.get_paths()["purelib"]
    places = [str(tmp_path / "site"), purelib, str(tmp_path)]
    command = [sys.executable, "-S", "-c", script, *places, *words.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout
