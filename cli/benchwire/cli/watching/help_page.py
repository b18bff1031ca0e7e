"""What `?` shows."""

from typing import Final

from rich.text import Text

from benchwire.cli.cells import cut

HELP: Final = """\
Keys
  ↑ ↓ j k         choose a running trial    page, home, end  in larger steps
  enter           its timeline, from the stream             esc  back
  /               filter by any word of experiment, job, policy, task, model,
                  state, tool or run id; several words must all fit
  s               order: silence, tokens, AIU, steps, age, name
  p, space        pause the picture; events are taken up meanwhile
  q, Ctrl-C       quit

What is shown
  done            trials that are over, of all that running jobs have planned
  solved, rate    resolved of graded trials, with the 95 % interval (Wilson)
  !  stalled      silent for longer than 2 minutes and 4 times its long gaps
  AIU/min         stated cost of the last ten minutes
  when these end  cost so far, and the mean of trials done for open ones
  in the end      and for planned ones, where the plan and the means are known
  lost            events declared lost, mostly wrong lines; enter tells which
  consumer        messages of the stream that are not known to be stored

Any key goes back."""


def help_page(width: int, height: int) -> list[Text]:
    """The page, cut to the screen."""
    lines = [Text(cut(line, width)) for line in HELP.split("\n")[:height]]
    return [*lines, *[Text()] * (height - len(lines))]
