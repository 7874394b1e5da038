"""``evaluate``: a published benchmark, run on the user's own file."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app.bootstrap import CLOCK
from app.cli.context import command_engine, json_option, print_result
from app.settings import load_settings
from models.domain.errors import DatabaseUnavailableError, OperatorError
from models.domain.judging import Interval
from models.domain.protocols import Protocol
from services.ml.catalogue import CLASSIFIERS
from services.ml.evaluation_json import protocol_to_json
from services.ml.protocol_evaluation import ProtocolEvaluation
from services.ml.protocol_file import read_protocol
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.evaluate_protocol import ProtocolRun, evaluate_protocol, record_protocol_run


@click.command()
@click.argument("protocol", type=click.Path(path_type=Path), metavar="PROTOCOL")
@click.option(
    "--data",
    "prices",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="Prices: CSV or Parquet.",
)
@click.option("--model", required=True, metavar="M", help=f"One of {', '.join(CLASSIFIERS)}.")
@click.option("--seeds", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N")
@json_option
def evaluate(protocol: Path, prices: Path, model: str, seeds: int, as_json: bool) -> None:
    """Run a published benchmark: PROTOCOL is a TOML file such as benchmarks/protocols/acl18.toml.

    The model is trained once a seed, the epoch is chosen on the validation sessions, and the test sessions
    are read once. The run goes into the ledger of trials, once whatever the seeds; where no database is in
    reach it is not logged, with a warning.
    """
    rules = read_protocol(protocol)
    load_settings()  # what is wrong with them is said before the training, not after
    begun = time.perf_counter()
    run = evaluate_protocol(rules, prices, model, seeds, CLOCK, _silent)
    seconds = round(time.perf_counter() - begun, 3)
    found, trial = run.evaluation, _log(run)
    print_result(
        _as_json(rules, model, found, trial, seconds), _as_text(rules, model, found), as_json=as_json
    )


def _silent(done: int, total: int, message: str) -> None:
    """Report nothing: it takes seconds, and standard output is the result's."""


def _log(run: ProtocolRun) -> int | None:
    """Return the number of the run in the ledger; None, with a warning, where no database is in reach.

    Hours of training are not thrown away because there is nowhere to note them.
    """
    try:
        with command_engine() as (_, engine):
            return record_protocol_run(lambda: SqlUnitOfWork(engine), run, CLOCK)
    except (DatabaseUnavailableError, OperatorError) as error:
        click.echo(f"warning: not logged in the ledger of trials: {error}", err=True)
        return None


def _as_json(
    rules: Protocol, model: str, found: ProtocolEvaluation, trial: int | None, seconds: float
) -> dict[str, Any]:
    return {
        "protocol": rules.name,
        "model": model,
        **protocol_to_json(found),
        "published": [asdict(result) for result in rules.published],
        "trial": trial,
        "seconds": seconds,
    }


def _as_text(rules: Protocol, model: str, found: ProtocolEvaluation) -> str:
    """Return a table of this run beside the published results."""
    shown = [
        (f"{model}, mean of {len(found.mcc_by_seed)} seeds", _percent(found.accuracy), _plain(found.mcc))
    ]
    shown += [
        (f"{entry.model}, published", f"{100 * entry.accuracy:.1f} %", f"{entry.mcc:.3f}")
        for entry in rules.published
    ]
    width = max(len(row[0]) for row in shown)
    counts = (
        f"{found.n_train:,} training, {found.n_validation:,} validation and {found.n_test:,} test samples"
    )
    lines = [
        f"{rules.name}: {counts} over {found.accuracy.n_sessions} sessions",
        f"{'':{width}}  {'accuracy':24}  MCC",
    ]
    lines += [f"{name:{width}}  {first:24}  {second}" for name, first, second in shown]
    return "\n".join([*lines, "In brackets: 95 % intervals from blocks of days."])


def _percent(found: Interval) -> str:
    return f"{100 * found.value:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})"


def _plain(found: Interval) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
