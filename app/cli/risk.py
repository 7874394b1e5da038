"""``simulate-risk``: what a book could lose, by simulation."""

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from app.cli.jobs import run_job
from app.cli.weights import read_weights
from models.domain.jobs import JobName, JobResult
from models.domain.risk_request import (
    MAX_HORIZON_SESSIONS,
    MAX_PATHS,
    MIN_PATHS,
    RiskMethod,
    RiskRequest,
    RiskSettings,
)
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.simulate_risk import resolve_edited_book

_DEFAULT = RiskSettings()


@click.command("simulate-risk")
@click.option(
    "--weights",
    "weights_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Another book than the current one: CSV of symbol,weight, or JSON; CASH for what is not invested.",
)
@click.option(
    "--method", type=click.Choice([method.value for method in RiskMethod]), metavar="M", help="One of four."
)
@click.option("--paths", type=click.IntRange(MIN_PATHS, MAX_PATHS), metavar="N", help="How many paths.")
@click.option(
    "--horizon", type=click.IntRange(1, MAX_HORIZON_SESSIONS), metavar="H", help="How many sessions ahead."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="S", help="Of the random numbers.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON alone.")
def simulate_risk(
    weights_file: Path | None,
    method: str | None,
    paths: int | None,
    horizon: int | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Simulate what the book could lose, back-test and stress it, and store a report.

    Without options the job of every evening: the current book, all methods, 1 and 10 sessions. With any, one
    report, of the current book unless weights are given. M is gbm, student_t, block_bootstrap or
    filtered_historical; value at risk and expected shortfall are fractions, losses positive.
    """
    request: RiskRequest | None = None
    if any(given is not None for given in (weights_file, method, paths, horizon, seed)):
        request = RiskRequest(
            weights=read_weights(weights_file) if weights_file is not None else None,
            methods=(RiskMethod(method),) if method else tuple(RiskMethod),
            settings=RiskSettings(
                _DEFAULT.n_paths if paths is None else paths,
                _DEFAULT.horizon_sessions if horizon is None else horizon,
                _DEFAULT.seed if seed is None else seed,
            ),
        )
    result, seconds = run_job(
        JobName.SIMULATE_RISK,
        {} if request is None else request.to_parameters(),
        check=lambda engine: None if request is None else _check(engine, request),
    )
    figures = result.detail["figures"]
    click.echo(json.dumps(figures) if as_json else _as_text(result, figures, seconds))


def _check(engine: Engine, request: RiskRequest) -> None:
    # Before a run is recorded: what somebody mistyped is no failure of the job.
    with SqlUnitOfWork(engine) as work:
        resolve_edited_book(work, request)


def _as_text(result: JobResult, figures: list[dict[str, Any]], seconds: float) -> str:
    head = f"{'method':20}  sessions  confidence  value at risk      expected shortfall"
    lines = [
        f"{row['method']:20}  {row['horizon_sessions']:8}  {100 * row['confidence']:8.0f} %  "
        f"{_percent(row['value_at_risk'], row['standard_error'])}  "
        f"{_percent(row['expected_shortfall'], row['expected_shortfall_error'])}"
        for row in figures
    ]
    return "\n".join(
        [f"{result.message} in {seconds:.1f} s", head, *lines, "± one standard error of simulation"]
    )


def _percent(value: float, error: float) -> str:
    return f"{100 * value:6.2f} ± {100 * error:.2f} %"
