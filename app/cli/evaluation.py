"""``evaluate``: a published benchmark, run on the user's own file."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app.bootstrap import CLOCK
from app.cli.context import json_option, print_result
from models.domain.judging import Interval
from models.domain.protocols import Protocol
from services.ml.catalogue import CLASSIFIERS
from services.ml.protocol_evaluation import ProtocolEvaluation
from services.ml.protocol_file import read_protocol
from services.usecases.evaluate_protocol import evaluate_protocol


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
    are read once.
    """
    rules = read_protocol(protocol)
    begun = time.perf_counter()
    found = evaluate_protocol(rules, prices, model, seeds, CLOCK, _silent)
    seconds = round(time.perf_counter() - begun, 3)
    print_result(_as_json(rules, model, found, seconds), _as_text(rules, model, found), as_json=as_json)


def _silent(done: int, total: int, message: str) -> None:
    """Report nothing: it takes seconds, and standard output is the result's."""


def _as_json(rules: Protocol, model: str, found: ProtocolEvaluation, seconds: float) -> dict[str, Any]:
    return {
        "protocol": rules.name,
        "model": model,
        "n_train": found.n_train,
        "n_validation": found.n_validation,
        "n_test": found.n_test,
        "accuracy": _figure(found.accuracy, found.accuracy_by_seed),
        "mcc": _figure(found.mcc, found.mcc_by_seed),
        "published": [asdict(result) for result in rules.published],
        "seconds": seconds,
    }


def _figure(interval: Interval, by_seed: tuple[float, ...]) -> dict[str, Any]:
    return {
        "mean": interval.value,
        "low": interval.low,
        "high": interval.high,
        "confidence": interval.confidence,
        "by_seed": list(by_seed),
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
