"""The dashboard of what goes on now: runs, those that hang, what they burn, what fails."""

from typing import Final

from grafana.boards import variables
from grafana.boards.board import UIDS, Board, Line, Section
from grafana.boards.panels import figures, over_time, rows
from grafana.boards.question import Question, chosen, text
from grafana.boards.units import COUNT, Unit

_CHOSEN: Final = chosen("experiment")
_RUN_OF_ROW: Final = (
    f"/d/{UIDS['run']}?var-experiment=${{__data.fields.experiment_id:percentencode}}"
    "&var-run=${__data.fields.run_id}"
)

_RUNNING = figures(
    "Running",
    "Runs that have sent something and are not over, and those of them that have been silent "
    "for longer than their like.",
    Question(
        view="rpt_live_runs",
        columns=(
            "count() AS n_running",
            "countIf(state = 'stalled') AS n_stalled",
            "max(last_event_age_seconds) AS silent_for_seconds",
        ),
        where=(_CHOSEN,),
    ),
)
_BURN = figures(
    "Burn rate",
    "Of all jobs with a running run: what they spent in the last ten minutes, for each of them, "
    "and what they will have spent in the end if trials cost what the finished ones did.",
    Question(
        view="rpt_burn_rate",
        columns=(
            "sum(aiu_per_minute_recent) AS aiu_per_minute_recent",
            "sum(tokens_per_minute_recent) AS tokens_per_minute_recent",
            "sum(cost_aiu) AS cost_aiu",
            "sum(projected_aiu) AS projected_aiu",
        ),
        where=(_CHOSEN,),
    ),
)
_EVENTS = over_time(
    "Events per second",
    "What the stream received, each minute's events over its sixty seconds; all experiments.",
    Question(
        view="rpt_operations",
        columns=("minute", "n_events_received / 60 AS received", "n_events_stored / 60 AS stored"),
        where=("$__timeFilter(minute)",),
        order_by="minute",
    ),
    Unit("cps", 1),
)
_ENDED = over_time(
    "Runs that ended",
    "By what became of them, in the minute in which they stopped.",
    Question(
        view="rpt_run_summary",
        columns=(
            "toStartOfMinute(assumeNotNull(stopped_at)) AS minute",
            "countIf(outcome = 'resolved') AS n_resolved",
            "countIf(outcome = 'unresolved') AS n_unresolved",
            "countIf(outcome NOT IN ('resolved', 'unresolved')) AS n_others",
        ),
        where=(_CHOSEN, "stopped_at IS NOT NULL", "$__timeFilter(stopped_at)"),
        group_by=("minute",),
        order_by="minute",
    ),
    COUNT,
    stacked=True,
)
_RUNS = rows(
    "Runs going on",
    "Those silent for longest come first. stalled: silent for longer than the threshold, which "
    "comes from the pauses of the run itself and of its like; expected_end_at from finished runs "
    "of the same task or policy.",
    Question(
        view="rpt_live_runs",
        columns=(
            text("run_id"),
            "experiment_id",
            "policy_id",
            "task_id",
            "trial_no",
            "state",
            "last_event_age_seconds",
            "stall_threshold_seconds",
            "last_event_type",
            "last_tool",
            "steps",
            "tool_calls",
            "total_tokens",
            "aiu",
            "age_seconds",
            "expected_end_at",
        ),
        where=(_CHOSEN,),
        order_by="last_event_age_seconds DESC, run_id",
        limit=500,
    ),
    links={"run_id": _RUN_OF_ROW},
)
_JOBS = rows(
    "Jobs going on",
    "How far each job is, and what it spends. done_share is over the trials that the policies "
    "announced; unknown where one announced none.",
    Question(
        view="rpt_burn_rate",
        columns=(
            "experiment_id",
            "job_id",
            "done_share",
            "n_runs_running",
            "n_trials_done",
            "n_trials_expected",
            "age_seconds",
            "cost_aiu",
            "aiu_per_minute_recent",
            "tokens_per_minute_recent",
            "projected_aiu",
        ),
        where=(_CHOSEN,),
        order_by="experiment_id, job_id",
    ),
    gauges=("done_share",),
)
_SUCCESS = rows(
    "Success so far",
    "With the interval for trials clustered in tasks; n_incomplete trials may still change it.",
    Question(
        view="rpt_success_rates",
        columns=(
            "experiment_id",
            "policy_id",
            "success_rate_all",
            "success_rate_all_low",
            "success_rate_all_high",
            "n_counted",
            "n_incomplete",
            "n_excluded",
        ),
        where=(_CHOSEN,),
        order_by="experiment_id, policy_id",
    ),
    gauges=("success_rate_all",),
)
_FAILED = rows(
    "Runs with failures",
    "Runs that stopped with another status than ok, or in which something failed on the way, a "
    "tool call included; solved or not. The latest come first.",
    Question(
        view="rpt_run_summary",
        columns=(
            text("run_id"),
            "experiment_id",
            "policy_id",
            "task_id",
            "stopped_at",
            "status",
            "outcome",
            "failures",
            "tool_failures",
            "error_type",
            "error",
        ),
        where=(
            _CHOSEN,
            "$__timeFilter(stopped_at)",
            "(status != 'ok' OR failures > 0 OR tool_failures > 0)",
        ),
        order_by="stopped_at DESC, run_id",
        limit=200,
    ),
    links={"run_id": _RUN_OF_ROW},
)
_KINDS = rows(
    "Failures by kind",
    "Of all runs of the chosen experiments, whenever they ran. recovery_rate is over the "
    "failures of which it is known.",
    Question(
        view="rpt_failures",
        columns=(
            "experiment_id",
            "policy_id",
            "root_kind",
            "error_category",
            "n_failures",
            "run_share",
            "fatal_rate",
            "recovery_rate",
        ),
        where=(_CHOSEN,),
        order_by="n_failures DESC, experiment_id, policy_id, root_kind, error_category",
        limit=200,
    ),
)

LIVE: Final = Board(
    name="live",
    title="Benchwire / Live",
    about="What is running now, what hangs, what it burns, and what fails.",
    variables=(variables.experiment(several=True),),
    refresh="10s",
    since="now-1h",
    sections=(
        Section(
            title="Now",
            lines=(
                Line(3, ((10, _RUNNING), (14, _BURN))),
                Line(8, ((12, _EVENTS), (12, _ENDED))),
                Line(7, ((24, _RUNS),)),
                Line(6, ((14, _JOBS), (10, _SUCCESS))),
            ),
        ),
        Section(title="Failures", lines=(Line(9, ((14, _FAILED), (10, _KINDS))),)),
    ),
)
