"""``export``: stored results as CSV."""

import sys
from datetime import datetime

import click

from app.bootstrap import CLOCK
from app.cli.context import command_engine
from services.queries.exports import KINDS, ExportRequest, export_frame

_DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
@click.option("--as-of", type=_DATE, metavar="DATE", help="What was known at this day's close.")
@click.option("--symbol", "symbols", multiple=True, metavar="S", help="Only this symbol; may be repeated.")
@click.option("--from", "first", type=_DATE, metavar="DATE", help="From this session on.")
@click.option("--to", "last", type=_DATE, metavar="DATE", help="Up to this session.")
def export(
    kind: str,
    as_of: datetime | None,
    symbols: tuple[str, ...],
    first: datetime | None,
    last: datetime | None,
) -> None:
    """Write stored results of a KIND to standard output as CSV.

    KIND is one of bars, indicators, signals, job-runs.
    """
    request = ExportRequest(
        as_of=as_of.date() if as_of else None,
        symbols=tuple(symbol.upper() for symbol in symbols),
        first=first.date() if first else None,
        last=last.date() if last else None,
    )
    with command_engine() as (_, engine):
        frame = export_frame(engine, CLOCK, kind, request)
    frame.to_csv(sys.stdout, index=False, lineterminator="\n")
