"""The histories the views are tested with are lines the product would accept."""

from tests.support.histories import History
from tests.support.view_cases import case_folders, read_case

from benchwire.schemas.codec import judge_line


def test_generated_lines_pass_the_judge() -> None:
    for sent in History(7).add_runs(60).sent:
        judge_line(sent.line)


def test_lines_of_hand_written_cases_pass_the_judge() -> None:
    for folder in case_folders():
        for sent in read_case(folder).sent:
            judge_line(sent.line)


def test_a_seed_gives_the_same_history() -> None:
    first, second = (History(3).add_runs(20).sent for _ in range(2))
    assert first == second
