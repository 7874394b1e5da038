"""``evaluate``: a published benchmark, run on the user's own file."""

import time
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from app.bootstrap import CLOCK
from app.cli.context import command_engine, json_option, print_result
from app.settings import load_settings
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, OperatorError
from models.domain.judging import Interval
from models.domain.protocols import Protocol, ProtocolPart
from models.domain.trials import BenchmarkCount
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
@click.option(
    "--part",
    type=click.Choice([part.value for part in ProtocolPart]),
    default=ProtocolPart.TEST.value,
    show_default=True,
    help="What it is judged on: choose settings on validation, read the test with what was chosen.",
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the model other than the protocol's, such as batch_size=32; may be repeated.",
)
@json_option
def evaluate(
    protocol: Path, prices: Path, model: str, seeds: int, part: str, changes: tuple[str, ...], as_json: bool
) -> None:
    """Run a published benchmark: PROTOCOL is a TOML file such as benchmarks/protocols/acl18.toml.

    The model is trained once a seed, the epoch is chosen on the validation sessions, and the test sessions
    are read once, or, with --part validation, not at all. Each configuration goes into the ledger of trials,
    once whatever the seeds; where no database is in reach it is not logged, with a warning.
    """
    rules = _changed(read_protocol(protocol), model, changes)
    load_settings()  # what is wrong with them is said before the training, not after
    begun = time.perf_counter()
    run = evaluate_protocol(rules, prices, model, seeds, CLOCK, _silent, ProtocolPart(part))
    seconds = round(time.perf_counter() - begun, 3)
    found, logged = run.evaluation, _log(run)
    print_result(
        _as_json(rules, model, found, logged, seconds),
        _as_text(rules, model, found, logged),
        as_json=as_json,
    )


def _changed(rules: Protocol, model: str, changes: Sequence[str]) -> Protocol:
    """Return the protocol with other settings of the model.

    Raises
    ------
    InvalidRequestError
        If a change is not of the form NAME=VALUE.
    """
    settings = dict(rules.model_settings.get(model, {}))
    for change in changes:
        name, is_given, value = change.partition("=")
        if not (name and is_given and value):
            raise InvalidRequestError(f"--set {change} has not the form NAME=VALUE, such as batch_size=32")
        settings[name.strip()] = _value(value.strip())
    return replace(rules, model_settings={**rules.model_settings, model: settings})


def _value(text: str) -> Any:
    """Return a value as TOML has it; what is none is a word."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _silent(done: int, total: int, message: str) -> None:
    """Report nothing: it takes seconds, and standard output is the result's."""


def _log(run: ProtocolRun) -> tuple[int, BenchmarkCount] | None:
    """Return the run's number in the ledger and how often the benchmark was tried by now.

    None, with a warning, where no database is in reach.

    Hours of training are not thrown away because there is nowhere to note them.
    """
    try:
        with command_engine() as (_, engine):
            return record_protocol_run(lambda: SqlUnitOfWork(engine), run, CLOCK)
    except (DatabaseUnavailableError, OperatorError) as error:
        click.echo(f"warning: not logged in the ledger of trials: {error}", err=True)
        return None


def _as_json(
    rules: Protocol,
    model: str,
    found: ProtocolEvaluation,
    logged: tuple[int, BenchmarkCount] | None,
    seconds: float,
) -> dict[str, Any]:
    trial, tried = logged or (None, None)
    return {
        "protocol": rules.name,
        "model": model,
        **protocol_to_json(found),
        "published": [asdict(result) for result in rules.published],
        "trial": trial,
        "n_trials": tried and tried.n_configurations,
        "n_test_readings": tried and tried.n_test_readings,
        "seconds": seconds,
    }


def _as_text(
    rules: Protocol, model: str, found: ProtocolEvaluation, logged: tuple[int, BenchmarkCount] | None
) -> str:
    """Return a table of this run, on the test beside the published results."""
    shown = [
        (f"{model}, mean of {len(found.mcc_by_seed)} seeds", _percent(found.accuracy), _plain(found.mcc))
    ]
    if found.part is ProtocolPart.TEST:
        shown += [
            (f"{entry.model}, published", f"{100 * entry.accuracy:.1f} %", f"{entry.mcc:.3f}")
            for entry in rules.published
        ]
    width = max(len(row[0]) for row in shown)
    counts = (
        f"{found.n_train:,} training, {found.n_validation:,} validation and {found.n_test:,} test samples"
    )
    lines = [
        f"{rules.name}, judged on {found.part} ({found.accuracy.n_sessions} sessions): {counts}",
        f"{'':{width}}  {'accuracy':24}  MCC",
    ]
    lines += [f"{name:{width}}  {first:24}  {second}" for name, first, second in shown]
    return "\n".join([*lines, "In brackets: 95 % intervals from blocks of days.", *_ledger(rules, logged)])


def _ledger(rules: Protocol, logged: tuple[int, BenchmarkCount] | None) -> list[str]:
    """Say how much was tried, where the ledger knows."""
    if logged is None:
        return []
    number, tried = logged
    configurations = f"{tried.n_configurations} configurations tried on {rules.name}"
    return [f"Trial {number}; {configurations}, {tried.n_test_readings} of them on its test."]


def _percent(found: Interval) -> str:
    return f"{100 * found.value:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})"


def _plain(found: Interval) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
