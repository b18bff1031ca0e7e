"""What the demo records of things that go wrong: what failed first, and what would have helped."""

from benchwire.schemas.failure import (
    ErrorState,
    Failure,
    PathRoot,
    SemanticRoot,
    ToolRoot,
)

from .tools import Call, Result


def of_call(call: Call, result: Result, *, tool_call_id: str, turn: int) -> Failure | None:
    """The failure that a call is, None if it went well; tests that fail are no failed call."""
    if result.timed_out:
        return Failure(
            root=SemanticRoot(kind="semantic", logic_error="the code does not end"),
            message=result.text,
            error_type="TimeoutExpired",
            tool_call_id=tool_call_id,
            turn=turn,
            fatal=False,
            final_error_state=ErrorState(recoverable=True, error_category="timeout"),
            contributing_factors=("the last edit",),
            remediation_suggestions=("take the last edit back",),
        )
    if not result.failed:
        return None
    root: PathRoot | ToolRoot
    if call.tool == "read_file":
        guessed: str = call.arguments["path"]
        expected = guessed.rpartition("/")[2]
        root = PathRoot(kind="path", invalid_path=guessed, expected_location=expected)
        factors, remedies = ("the path was guessed",), ("list the files first",)
    else:
        root = ToolRoot(kind="tool", tool_name=call.tool, usage_error=result.text)
        factors, remedies = ("an earlier edit changed the text",), ("read the file again",)
    return Failure(
        root=root,
        message=result.text,
        tool_call_id=tool_call_id,
        turn=turn,
        fatal=False,
        final_error_state=ErrorState(recoverable=True, error_category="wrong_arguments"),
        contributing_factors=factors,
        remediation_suggestions=remedies,
    )


def of_giving_up(reason: str, *, turn: int) -> Failure:
    """The failure that an agent leaves behind when it ends without having solved its task."""
    return Failure(
        root=SemanticRoot(kind="semantic", logic_error=reason),
        message=f"gave up: {reason}",
        turn=turn,
        fatal=True,
        final_error_state=ErrorState(recoverable=True, error_category="unsolved"),
        contributing_factors=("no edit left to try",),
        remediation_suggestions=("offer other edits",),
    )
