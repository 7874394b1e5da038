"""``audit``: whether the way models are trained uses what could not be known."""

import sys
import time

import click

from app.bootstrap import CLOCK
from app.cli.context import command_engine, json_option, print_result
from app.cli.main import FAILURE
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.audit_pipeline import AuditReport, audit_pipeline


@click.command()
@json_option
@click.pass_context
def audit(context: click.Context, as_json: bool) -> None:
    """Look for leaks in how models are trained on the active dataset.

    Two folds are trained as in training, their evidence is checked, and the findings are stored. Exit
    status 0 if every check passed, 1 if one did not.
    """
    begun = time.perf_counter()
    with command_engine() as (_, engine):
        report = audit_pipeline(lambda: SqlUnitOfWork(engine), CLOCK, _show)
    _end_line()
    seconds = round(time.perf_counter() - begun, 3)
    print_result(_as_json(report, seconds), _as_text(report, seconds), as_json=as_json)
    if not report.passed:
        context.exit(FAILURE)


def _show(done: int, total: int, message: str) -> None:
    """Keep one line on a terminal up to date; a file or a pipe gets none."""
    if sys.stderr.isatty():
        counted = f"{message}: {done:,} of {total:,}" if total else message
        click.echo(f"\r\x1b[K{counted}", err=True, nl=False)


def _end_line() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)


def _as_json(report: AuditReport, seconds: float) -> dict[str, object]:
    checks = [{"name": one.name, "passed": one.passed, "detail": one.detail} for one in report.checks]
    return {
        "passed": report.passed,
        "checks": checks,
        "audit": report.audit_id,
        "dataset": report.dataset,
        "seconds": seconds,
    }


def _as_text(report: AuditReport, seconds: float) -> str:
    width = max(len(one.name) for one in report.checks)
    lines = [
        f"{'passed' if one.passed else 'FAILED'}  {one.name:{width}}  {one.detail}" for one in report.checks
    ]
    n_failed = sum(not one.passed for one in report.checks)
    verdict = "all passed" if report.passed else f"{n_failed} failed"
    return "\n".join([*lines, f"{report.dataset}: {len(lines)} checks, {verdict}, in {seconds:.1f} s"])
