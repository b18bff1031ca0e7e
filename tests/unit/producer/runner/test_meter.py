"""The meter of a running trial, and the request to stop it."""

import threading

from benchwire.producer.runner.meter import Cancellation, RunMeter
from benchwire.schemas.step import Step
from benchwire.schemas.usage import Usage


def test_a_new_meter_knows_nothing_of_tokens() -> None:
    reading = RunMeter().read()
    assert (reading.phase, reading.steps, reading.tokens, reading.nano_aiu) == (
        "waiting",
        0,
        None,
        None,
    )


def test_steps_add_up_as_models_and_as_maps() -> None:
    meter = RunMeter()
    meter.see("step", Step(kind="act", usage=Usage(input_tokens=3, output_tokens=2, nano_aiu=7)))
    meter.see("step", {"kind": "act", "usage": {"cache_read_tokens": 5, "reasoning_tokens": 9}})
    meter.see("context_decision", {"kind": "compaction", "usage": {"output_tokens": 1}})
    reading = meter.read()
    assert (reading.steps, reading.events, reading.tokens, reading.nano_aiu) == (2, 3, 11, 7)


def test_tool_calls_and_failures_are_counted() -> None:
    meter = RunMeter()
    meter.see("tool_call", {"name": "a", "failed": True})
    meter.see("tool_call", {"name": "a", "failed": False})
    meter.see("failure", {"root": {"kind": "build"}})
    reading = meter.read()
    assert (reading.tool_calls, reading.tool_failures, reading.failures) == (2, 1, 1)


def test_the_first_loss_is_kept_and_all_are_counted() -> None:
    meter = RunMeter()
    assert (meter.read().events_lost, meter.read().first_loss) == (0, None)
    meter.lose("line 2: no name")
    meter.lose("line 3: no kind")
    reading = meter.read()
    assert (reading.events_lost, reading.first_loss) == (2, "line 2: no name")
    assert reading.events == 0


def test_declared_totals_replace_the_sum() -> None:
    meter = RunMeter()
    meter.see("step", {"kind": "act", "usage": {"output_tokens": 5, "nano_aiu": 1}})
    meter.see("run_stop", {"status": "ok"})
    assert meter.read().tokens == 5
    meter.see("run_stop", {"status": "ok", "usage": {"output_tokens": 4}})
    assert (meter.read().tokens, meter.read().nano_aiu) == (4, None)


def test_running_totals_never_fall() -> None:
    meter = RunMeter()
    meter.spend({"input_tokens": 10, "nano_aiu": 50})
    meter.spent_at_least(40)
    assert meter.read().nano_aiu == 50
    meter.spent_at_least(60)
    assert (meter.read().nano_aiu, meter.read().tokens) == (60, 10)


def test_time_stands_still_once_the_trial_has_ended() -> None:
    meter = RunMeter()
    meter.enter("setup")
    meter.enter("ended")
    first, second = meter.read(), meter.read()
    assert first.seconds == second.seconds
    assert first.silent_seconds == second.silent_seconds


def test_many_threads_lose_nothing() -> None:
    meter = RunMeter()

    def emit() -> None:
        for _ in range(500):
            meter.see("step", {"kind": "act", "usage": {"output_tokens": 1}})

    threads = [threading.Thread(target=emit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (meter.read().steps, meter.read().tokens) == (2000, 2000)


def test_the_first_who_asks_is_the_reason() -> None:
    cancel = Cancellation()
    assert not cancel.asked
    cancel.ask("budget", "used up")
    cancel.ask("interrupt", "Ctrl-C", at_once=True)
    assert (cancel.kind, cancel.reason, cancel.asked, cancel.at_once) == (
        "budget",
        "used up",
        True,
        True,
    )
    assert cancel.wait(0)
