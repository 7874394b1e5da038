"""``ingest``, ``score``, ``train``, ``infer``, ``explain``: the worker's jobs, run in this process."""

import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import click
from sqlalchemy import Engine

from app.bootstrap import CLOCK
from app.cli.context import command_engine, json_option, print_result
from app.cli.explanation_table import explanation_table
from app.cli.training_table import training_table
from models.domain.explanations import Method, SignalRequest
from models.domain.jobs import JobName, JobProgress, JobResult, JobRun
from services.jobs.handlers import build_handlers
from services.jobs.runner import JobRunner
from services.ml.catalogue import check_classifier
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.score_indicators import check_as_of


def _run(
    job: JobName,
    parameters: dict[str, Any],
    *,
    as_json: bool,
    check: Callable[[Engine], None] | None = None,
    table: Callable[[Mapping[str, Any]], str] | None = None,
) -> JobResult:
    result, seconds = run_job(job, parameters, check=check)
    report = {**result.detail, "rows_written": result.rows_written, "seconds": seconds}
    sentence = f"{result.message} in {seconds:.1f} s"
    print_result(report, f"{table(report)}\n{sentence}" if table else sentence, as_json=as_json)
    return result


def run_job(
    job: JobName, parameters: dict[str, Any], *, check: Callable[[Engine], None] | None = None
) -> tuple[JobResult, float]:
    """Run a job in this process, once ``check`` has let it pass; return its result and how long it took."""
    with command_engine() as (settings, engine):
        if check is not None:
            check(engine)
        owner = f"cli:{socket.gethostname()}:{os.getpid()}"
        runner = JobRunner(engine, CLOCK, owner, build_handlers(settings, CLOCK))
        begun = time.perf_counter()
        result = runner.run_now(job, parameters, on_wait=_say_wait, on_beat=_show_progress)
        return result, round(time.perf_counter() - begun, 3)


def _say_wait(other: JobRun) -> None:
    click.echo(f"waiting for run {other.id} of {other.job} by {other.owner}", err=True)


def _show_progress(progress: JobProgress) -> None:
    """Keep one line on a terminal up to date; a file or a pipe gets none."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{progress.describe(CLOCK.now())}", err=True, nl=False)


@click.command()
@json_option
def ingest(as_json: bool) -> None:
    """Fetch prices from the provider and store what is new or changed."""
    _run(JobName.INGEST_BARS, {}, as_json=as_json)


@click.command()
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Score up to this day; on a day without trading, up to the session before it.",
)
@click.option("--everything", is_flag=True, help="Score every session again, not just what changed.")
@json_option
def score(as_of: datetime | None, everything: bool, as_json: bool) -> None:
    """Compute indicators, scores and signals of every session."""
    day = as_of.date() if as_of else None
    parameters: dict[str, Any] = {"as_of": day.isoformat()} if day else {}
    if everything:
        parameters["everything"] = True
    result = _run(
        JobName.SCORE_INDICATORS,
        parameters,
        as_json=as_json,
        check=lambda engine: check_as_of(lambda: SqlUnitOfWork(engine), day),
    )
    session = date.fromisoformat(str(result.detail["session"]))
    if day is not None and session != day:
        click.echo(f"{day} has no session in these data: {session}, the one before it, was used", err=True)


@click.command()
@click.option("--model", "models", multiple=True, metavar="M", help="Beside the baselines; may be repeated.")
@click.option("--window", type=click.IntRange(5, 250), metavar="N", help="Sessions a model looks at.")
@click.option(
    "--classes",
    type=click.Choice(["2", "3"]),
    help="2: up or down by the sign of the return. 3: neutral where it is small for the symbol.",
)
@json_option
def train(models: tuple[str, ...], window: int | None, classes: str | None, as_json: bool) -> None:
    """Train the baselines and each MODEL walk-forward, judge and log them, promote what passes the gate.

    Without a choice the champion's own configuration is trained anew, or, before there is one, `fast`.
    """
    for name in models:
        check_classifier(name)
    asked = {
        "models": list(models),
        "window_sessions": window,
        "classes": None if classes is None else int(classes),
    }
    parameters = {name: value for name, value in asked.items() if value}
    _run(JobName.TRAIN_MODELS, parameters, as_json=as_json, table=training_table)


@click.command()
@json_option
def infer(as_json: bool) -> None:
    """Score the newest sessions with the model that serves, and put its scores into their signals."""
    _run(JobName.INFER_SIGNALS, {}, as_json=as_json)


@click.command()
@click.argument("symbol", metavar="SYMBOL")
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="By default the newest."
)
@click.option(
    "--model", "model_id", type=click.IntRange(1), metavar="ID", help="By default the one that said it."
)
@click.option(
    "--shapley", is_flag=True, help="Sampled Shapley values of features, in place of the exact method."
)
@json_option
def explain(symbol: str, day: datetime | None, model_id: int | None, shapley: bool, as_json: bool) -> None:
    """Say why a model says what it says of SYMBOL: what each feature adds, and how attention was spread."""
    request = SignalRequest(
        symbol.upper(),
        day.date() if day else None,
        model_id,
        Method.SHAPLEY_SAMPLING if shapley else None,
    )
    _run(JobName.EXPLAIN_SYMBOL, request.parameters(), as_json=as_json, table=explanation_table)
