"""``export``: stored results as CSV."""

import io
import sys
from datetime import datetime

import click
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from app.bootstrap import CLOCK
from app.cli.context import command_engine
from services.queries.exports import KINDS, ExportRequest, export_frames

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

    KIND is one of bars, indicators, features, signals, models, trials, risk, job-runs, quality.
    """
    with command_engine() as (settings, engine):
        request = ExportRequest(
            as_of=as_of.date() if as_of else None,
            symbols=tuple(symbol.upper() for symbol in symbols),
            first=first.date() if first else None,
            last=last.date() if last else None,
            data_dir=settings.data_dir,
        )
        for n_before, part in enumerate(export_frames(engine, CLOCK, kind, request)):
            _write(part, header=n_before == 0)


def _write(part: pd.DataFrame | pa.Table, *, header: bool) -> None:
    if isinstance(part, pd.DataFrame):
        part.to_csv(sys.stdout, index=False, header=header, lineterminator="\n")
        return
    # A twelfth of pandas' time. Arrow cannot tell which texts need quotes: all of them get some, or none.
    needs_quotes = any(set(symbol) & set(',"\r\n') for symbol in part["symbol"].unique().to_pylist())
    options = csv.WriteOptions(
        include_header=header,
        quoting_style="needed" if needs_quotes else "none",
        quoting_header="none",
    )
    lines = io.BytesIO()
    csv.write_csv(part, lines, options)
    sys.stdout.write(lines.getvalue().decode())
