"""``jobs``: what ran, what runs, and how to stop it."""

import click

from app.bootstrap import CLOCK
from app.cli.context import command_engine, json_option, print_result
from models.domain.jobs import JobRun, JobState
from models.domain.users import Role
from services.commands.access import Actor, act_as
from services.commands.jobs import JobCommands
from services.storage.unit_of_work import SqlUnitOfWork


@click.group(no_args_is_help=False)
def jobs() -> None:
    """List the runs of the jobs, or cancel one."""


def _line(run: JobRun) -> str:
    said = run.progress.describe(CLOCK.now()) if run.state is JobState.RUNNING else run.message
    return f"{run.id}\t{run.job}\t{run.state}\t{run.scheduled_for:%Y-%m-%d %H:%M}\t{said}"


@jobs.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many of the newest runs.")
@json_option
def list_runs(limit: int, as_json: bool) -> None:
    """Show the newest runs."""
    with command_engine() as (_, engine), SqlUnitOfWork(engine) as work:
        runs = work.jobs.newest(limit)
    shown = [
        {"id": run.id, "job": run.job, "state": run.state, "scheduled_for": run.scheduled_for.isoformat()}
        | {"message": run.message, "progress": run.progress.describe(CLOCK.now())}
        for run in runs
    ]
    print_result({"runs": shown}, "\n".join(map(_line, runs)) or "Nothing has run yet.", as_json=as_json)


@jobs.command("cancel")
@click.argument("run_id", type=int, metavar="RUN")
@json_option
def cancel(run_id: int, as_json: bool) -> None:
    """Stop a run: a queued one at once, a running one at its next step; nothing half-done is kept."""
    with command_engine() as (_, engine):
        # Whoever may use the terminal of the installation may do what an administrator may.
        act_as(Actor("cli", Role.ADMIN))
        try:
            JobCommands(engine, CLOCK).cancel_run(run_id)
        finally:
            act_as(None)
    print_result({"run": run_id, "cancel_requested": True}, f"Run {run_id} will stop.", as_json=as_json)
