"""What a variant is told in confidence appears in no event, table, log, file or error."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import benchwire, daemon, rows_of
from tests.support.copilot_sessions import SessionLog
from tests.support.trials import FAKE_COPILOT

SECRETS = {
    "named": "Zebra-Quartz/91+é",
    "referenced": "violet harbour 77 lantern",
    "api_key": "obsidian0fern0key",
    "bearer": "copper-otter-bearer-5",
    "inherited": "inherited-maple-token-3",
    "lines": "first-line-of-a-pem-file\nsecond-line-of-a-pem-file",
}
MARKER = "***redacted***"
AGENT = """\
import json, os, sys

secrets = [os.environ[name] for name in ("MY_API_KEY", "PLAIN", "PEM_KEY", "OUTER_TOKEN")]
for secret in secrets:
    print("told", secret)
    print("as json", json.dumps({"key": secret}), file=sys.stderr)
    event = {"event_type": "tool_call", "step_id": f"step {secret}",
             "data": {"name": "bash", "tool_call_id": secret, "result": f"env: {secret}",
                      "arguments": {secret: [secret], "nested": json.dumps({"a": secret})}}}
    lines = [json.dumps(event), json.dumps({**event, secret: 1}), f"no json: {secret}",
             json.dumps({"event_type": "step", "emitter": secret, "data": {"kind": "act"}}),
             json.dumps({"event_type": "run_stop", "data": {"session_id": secret}})]
    with open(os.environ["BENCHWIRE_EVENTS"], "a") as file:
        file.writelines(line + "\\n" for line in lines)
with open("leaked.txt", "w") as file:
    file.write("\\n".join(secrets))
with open("reward.json", "w") as file:
    json.dump({"reward": 1, **{secret.splitlines()[0]: 1 for secret in secrets}}, file)
open(f"named-{secrets[1]}.txt", "w").close()
sys.exit(f"failed with {secrets[0]}")
"""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("data")
    with daemon(directory):
        yield directory


def write_experiment(tmp_path: Path) -> Path:
    (tmp_path / "agent.py").write_text(AGENT)
    log = SessionLog().start().record("user.message", {"content": "Do it."}).turn(0).shutdown()
    session = log.write(tmp_path / "session")
    fake = {"COPILOT_HOME": str(tmp_path / "home"), "FAKE_COPILOT_SESSION": str(session)}
    told = "MY_API_KEY PLAIN PEM_KEY COPILOT_PROVIDER_API_KEY COPILOT_PROVIDER_BEARER_TOKEN"
    env = {"MY_API_KEY": SECRETS["named"], "PLAIN": "${PLANTED}", "PEM_KEY": SECRETS["lines"]}
    copilot = {
        "name": "session",
        "adapter": "copilot",
        "command": [sys.executable, str(FAKE_COPILOT)],
        "env": {**env, **fake, "FAKE_COPILOT_PRINT": told},
        "provider": {
            "base_url": "http://localhost:1",
            "api_key": SECRETS["api_key"],
            "bearer_token": "${BEARER}",
        },
    }
    talkative = {
        "name": "talkative",
        "command": f"{sys.executable} $BENCHWIRE_EXPERIMENT_DIR/agent.py",
        "env": env,
    }
    experiment = {
        "name": "confidential",
        "retries": {"max": 0},
        "task": {
            "prompt": "p",
            "setup": ["echo $OUTER_TOKEN"],
            "verify": "cat leaked.txt; cp reward.json kept.json; echo $OUTER_TOKEN",
            "reward_file": "kept.json",
        },
        "variants": [talkative, copilot],
    }
    path = tmp_path / "experiment.json"
    path.write_text(json.dumps(experiment))
    return path


def spellings() -> set[bytes]:
    found: set[bytes] = set()
    for secret in SECRETS.values():
        for part in {secret, *secret.splitlines()}:
            found |= {part.encode(), json.dumps(part)[1:-1].encode()}
            found.add(json.dumps(part, ensure_ascii=False)[1:-1].encode())
    return found


def files_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for directory, _, names in os.walk(folder):
        for name in names:
            path = Path(directory) / name
            if stat.S_ISREG(path.lstat().st_mode):
                yield path, path.read_bytes()


def test_planted_secrets_appear_nowhere(data_dir: Path, tmp_path: Path) -> None:
    path = write_experiment(tmp_path)
    done = benchwire(
        data_dir,
        *("run", str(path), "--json", "--job", "secret"),
        code=None,
        PLANTED=SECRETS["referenced"],
        BEARER=SECRETS["bearer"],
        OUTER_TOKEN=SECRETS["inherited"],
    )
    looked_for = spellings()
    for secret in looked_for:
        assert secret not in done.stdout
        assert secret not in done.stderr
    on_disk = list(files_below(data_dir))
    assert any(f"env: {MARKER}".encode() in content for _, content in on_disk)
    for file, content in on_disk:
        for secret in looked_for:
            assert secret not in content, file
            assert secret not in str(file).encode()

    stored = rows_of(data_dir, "SELECT * FROM events WHERE experiment_id = 'confidential'")
    text = json.dumps(stored, ensure_ascii=False).encode()
    assert len(stored) > 20
    assert not [secret for secret in looked_for if secret in text]
    assert MARKER.encode() in text

    runs = sorted((data_dir / "jobs" / "secret" / "runs").iterdir())
    session, talkative = runs
    assert MARKER in (session / "agent" / "output.txt").read_text()
    assert (talkative / "agent" / "output.txt").read_text().count(MARKER) >= 9
    for name in ("events.ndjson", "events-refused.txt"):
        assert MARKER in (talkative / "agent" / name).read_text()
    assert MARKER in (talkative / "artifacts" / "workspace.diff").read_text()
    assert MARKER in (talkative / "verifier" / "reward.json").read_text()
    outcomes = {row["outcome"] for row in rows_of(data_dir, "SELECT outcome FROM rpt_run_summary")}
    assert "resolved" in outcomes
