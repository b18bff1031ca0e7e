"""Tokens and costs of OpenHands: running totals, calls, and zeros that mean unknown."""

from pathlib import Path

import pytest
from tests.support.openhands_imports import one, used
from tests.support.openhands_outputs import Instance, Used


def test_running_totals_take_the_last(tmp_path: Path) -> None:
    instance = Instance()
    for number in range(3):
        instance.answer(0, used=Used(100, 50, 0, 10))
        instance.history[-2]["llm_metrics"] = {
            "accumulated_cost": 0.5 * (number + 1),
            "accumulated_token_usage": {
                "prompt_tokens": 150 * (number + 1),
                "cache_read_tokens": 50 * (number + 1),
                "cache_write_tokens": 0,
                "completion_tokens": 10 * (number + 1),
            },
        }
    row = instance.line()
    del row["metrics"]
    stop = one(tmp_path, row).stop
    assert used(stop.usage) == Used(300, 150, 0, 30)
    assert stop.usage is not None
    assert stop.usage.nano_usd == 1_500_000_000


def test_metrics_without_tokens_leave_them_to_the_running_totals(tmp_path: Path) -> None:
    instance = Instance()
    instance.answer(0)
    total = {"prompt_tokens": 77, "completion_tokens": 7}
    instance.history[-1]["llm_metrics"] = {"accumulated_token_usage": total}
    row = instance.line(metrics={"accumulated_cost": 0.5, "accumulated_token_usage": None})
    usage = one(tmp_path, row).stop.usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.nano_usd) == (77, 7, 500_000_000)
    assert usage.cache_read_tokens is None


def test_cost_zero_with_tokens_is_an_unknown_price(tmp_path: Path) -> None:
    instance = Instance()
    instance.answer(0, used=Used(565_000, 0, 0, 900), usd="0")
    usage = one(tmp_path, instance.line()).stop.usage
    assert usage is not None
    assert (usage.input_tokens, usage.nano_usd, usage.cost_source) == (565_000, None, None)


def test_cost_zero_without_any_call_is_zero(tmp_path: Path) -> None:
    row = Instance().line(metrics={"accumulated_cost": 0.0, "costs": []})
    usage = one(tmp_path, row).stop.usage
    assert usage is not None
    assert usage.nano_usd == 0


def test_zero_tokens_of_a_model_that_answered_are_unknown(tmp_path: Path) -> None:
    instance = Instance(form="v1")
    instance.answer(0, used=Used())
    found = one(tmp_path, instance.line())
    usage = found.stop.usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.nano_usd) == (None, None, 125_000_000)
    assert [step.usage for step in found.agent_steps] == [None]


def test_there_may_be_more_llm_calls_than_tool_calls(tmp_path: Path) -> None:
    instance = Instance()
    instance.answer(0)
    instance.unseen_call(Used(40, 0, 0, 4))
    found = one(tmp_path, instance.line())
    assert (found.stop.requests, found.stop.turns, len(found.calls)) == (2, 1, 1)
    assert used(found.stop.usage) == Used(50, 0, 0, 5)


@pytest.mark.parametrize("inside", ["read and written", "read", "nothing"])
def test_calls_show_what_their_prompts_contain(tmp_path: Path, inside: str) -> None:
    instance = Instance(inside=inside)
    instance.answer(0, used=Used(plain=4, read=0, written=5000, output=9))
    instance.answer(0, used=Used(plain=900, read=5000, written=0, output=9))
    found = one(tmp_path, instance.line())
    assert used(found.stop.usage) == Used(904, 5000, 5000, 18)
    assert [used(step.usage) for step in found.agent_steps] == [
        Used(4, 0, 5000, 9),
        Used(900, 5000, 0, 9),
    ]
