"""Programs are bounded in time and output, and nothing they start outlives them or the runner."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from benchwire.producer.runner import process
from benchwire.producer.runner.meter import Cancellation
from benchwire.producer.runner.output_file import OutputFile
from benchwire.producer.runner.process import (
    Program,
    ProgramEnd,
    ProgramNotStarted,
    run_program,
    shell,
)
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.secret_patterns import MARKER

LONG_SECONDS = 60.0
WAIT_SECONDS_MAX = 20.0


def run(
    tmp_path: Path,
    *command: str,
    stdin: str = "",
    timeout_seconds: float = LONG_SECONDS,
    cancel: Cancellation | None = None,
    env: dict[str, str] | None = None,
) -> tuple[ProgramEnd, str]:
    with OutputFile(tmp_path / "output.txt", Redactor()) as output:
        program = Program(
            command=command,
            cwd=tmp_path,
            env=dict(os.environ) if env is None else env,
            stdin=stdin,
            timeout_seconds=timeout_seconds,
        )
        end = run_program(program, output, cancel or Cancellation())
    return end, output.path.read_text()


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def gone(pid: int) -> bool:
    """Wait until a process has ended; False if it does not."""
    until = time.monotonic() + WAIT_SECONDS_MAX
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_running(pid)


def pid_in(path: Path) -> int:
    until = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < until:
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return int(text)
        time.sleep(0.01)
    raise AssertionError(f"{path} was never written")


def test_input_output_and_exit_code_are_the_programs(tmp_path: Path) -> None:
    end, output = run(tmp_path, *shell("cat; echo err >&2; pwd; exit 3"), stdin="a prompt\n")
    assert (end.exit_code, end.ended_by) == (3, "itself")
    assert output == f"a prompt\nerr\n{tmp_path}\n"


def test_the_environment_is_the_given_one(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "ONLY": "this"}
    _, output = run(tmp_path, sys.executable, "-c", "import os; print(os.environ['ONLY'])", env=env)
    assert output == "this\n"


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ProgramNotStarted, match="cannot start no-such-agent: No such file"
    ) as raised:
        run(tmp_path, "no-such-agent")
    assert "PATH" in raised.value.hint


def test_a_file_that_may_not_be_run_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "agent").write_text("#!/bin/sh\n")
    with pytest.raises(ProgramNotStarted, match="Permission denied"):
        run(tmp_path, str(tmp_path / "agent"))


def test_a_prompt_too_long_for_an_argument_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProgramNotStarted, match="Argument list too long"):
        run(tmp_path, "echo", "x" * 5_000_000)


def test_a_program_killed_by_a_signal_ends_as_in_the_shell(tmp_path: Path) -> None:
    end, _ = run(tmp_path, *shell("kill -SEGV $$"))
    assert end.exit_code == 128 + signal.SIGSEGV


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    end, output = run(tmp_path, *shell("echo begun; sleep 60"), timeout_seconds=0.3)
    assert (end.exit_code, end.ended_by) == (128 + signal.SIGTERM, "timeout")
    assert output == "begun\n"


def test_what_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.2)
    command = shell("trap '' TERM; while :; do sleep 0.05; done")
    end, _ = run(tmp_path, *command, timeout_seconds=0.3)
    assert (end.exit_code, end.ended_by) == (128 + signal.SIGKILL, "timeout")


def test_a_cancelled_program_may_say_its_last_word(tmp_path: Path) -> None:
    cancel = Cancellation()
    command = shell("trap 'echo bye; exit 7' TERM; while :; do sleep 0.02; done")
    threading.Timer(0.3, lambda: cancel.ask("command", "enough")).start()
    end, output = run(tmp_path, *command, cancel=cancel)
    assert (end.exit_code, end.ended_by) == (7, "cancel")
    assert output.endswith("bye\n")


def test_cancelled_at_once_there_is_no_last_word(tmp_path: Path) -> None:
    cancel = Cancellation()
    cancel.ask("interrupt", "now", at_once=True)
    end, _ = run(tmp_path, *shell("trap '' TERM; while :; do sleep 0.02; done"), cancel=cancel)
    assert (end.exit_code, end.ended_by) == (128 + signal.SIGKILL, "cancel")


def test_nothing_the_program_started_outlives_it(tmp_path: Path) -> None:
    """Neither a background job nor a daemon that made itself a session of its own."""
    command = shell(
        "sleep 60 & echo $! > job; setsid sh -c 'echo $$ > daemon; exec sleep 60' & "
        "while [ ! -s daemon ]; do sleep 0.01; done; exit 0"
    )
    end, _ = run(tmp_path, *command)
    assert end.exit_code == 0
    assert gone(pid_in(tmp_path / "job"))
    assert gone(pid_in(tmp_path / "daemon"))


RUNNER = """
import sys, threading, os
from pathlib import Path
from benchwire.producer.runner.meter import Cancellation
from benchwire.producer.runner.output_file import OutputFile
from benchwire.producer.runner.process import Program, run_program, shell
from benchwire.schemas.redaction import Redactor

def trial():
    daemon = "setsid sh -c 'echo $$ > daemon; exec sleep 60' &"
    command = shell(f"trap '' TERM; echo $$ > agent; {daemon} wait")
    with OutputFile(Path("output.txt"), Redactor()) as output:
        program = Program(command=command, cwd=Path.cwd(), env=dict(os.environ), timeout_seconds=60)
        run_program(program, output, Cancellation())

threading.Thread(target=trial).start()
"""


def test_a_killed_runner_leaves_no_agent_behind(tmp_path: Path) -> None:
    roots = os.pathsep.join(path for path in sys.path if path)
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER], cwd=tmp_path, env={**os.environ, "PYTHONPATH": roots}
    )
    agent, daemon = pid_in(tmp_path / "agent"), pid_in(tmp_path / "daemon")
    assert is_running(agent)
    runner.kill()
    runner.wait()
    assert gone(agent)
    assert gone(daemon)


def written(path: Path, *pieces: bytes, redactor: Redactor | None = None, **limits: int) -> str:
    with OutputFile(path, redactor or Redactor(), **limits) as output:
        for piece in pieces:
            output.write(piece)
    return path.read_text()


def test_beginning_and_end_of_a_long_output_are_kept(tmp_path: Path) -> None:
    lines = [f"line {number}\n".encode() for number in range(100)]
    text = written(tmp_path / "o", *lines, head_bytes_max=14, tail_bytes_max=16)
    assert text == "line 0\nline 1\n\n[… 760 bytes left out …]\nline 98\nline 99\n"


def test_output_within_the_limits_is_kept_whole(tmp_path: Path) -> None:
    lines = [f"line {number}\n".encode() for number in range(100)]
    text = written(tmp_path / "o", *lines, head_bytes_max=400, tail_bytes_max=400)
    assert text == b"".join(lines).decode()


@pytest.mark.parametrize("piece_bytes", [1, 3, 7, 100_000])
def test_secrets_leave_the_output_wherever_it_is_cut(tmp_path: Path, piece_bytes: int) -> None:
    redactor = Redactor(["a-very-secret-välue"])
    raw = ("x" * 90_000 + "a-very-secret-välue\nghp_abcdefgh1234\nend").encode()
    step = max(piece_bytes, 1 if piece_bytes == 100_000 else 997 * piece_bytes)
    pieces = [raw[at : at + step] for at in range(0, len(raw), step)]
    text = written(tmp_path / "o", *pieces, redactor=redactor)
    assert text == "x" * 90_000 + f"{MARKER}\n{MARKER}\nend"


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("piece_bytes", [1, 13, 4096])
def test_secrets_leave_the_end_of_a_long_output_too(
    tmp_path: Path, piece_bytes: int, *, lines: bool
) -> None:
    """What is kept of the end begins anywhere, within a secret as well."""
    secret = "a-very-secret-välue"
    raw = (secret + ("\n" if lines else " ")).encode() * 3000
    pieces = [raw[at : at + piece_bytes] for at in range(0, len(raw), piece_bytes)]
    limits = {"head_bytes_max": 1000, "tail_bytes_max": 1000}
    text = written(tmp_path / "o", *pieces, redactor=Redactor([secret]), **limits)
    assert "bytes left out" in text
    assert not any(part in text for part in ("very", "secr", "lue"))


def test_the_last_words_are_for_error_messages(tmp_path: Path) -> None:
    with OutputFile(tmp_path / "o", Redactor()) as output:
        output.write(b"a lot before\nthe end\n")
        assert output.last_words(7) == "the end"
