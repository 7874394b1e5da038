"""Hard and soft rules over the whole panel."""

from datetime import date

from benchmarks import indicators
from benchmarks.panel import Source
from benchmarks.table import Result, timed
from services.providers.bar_validation import validate_bars
from services.quant.quality.flags import find_flags

_TODAY = date(2030, 1, 2)  # after the last bar of any panel


def run(source: Source, _: str) -> list[Result]:
    """Measure validation, from bars as read to bars parted and flagged."""
    market = source.fetch()
    panel = indicators.panel_of(market)  # the same panel as there
    hard = timed(lambda: validate_bars(market.bars, _TODAY), 3)
    soft = timed(lambda: find_flags(panel), 3)
    return [
        Result(f"hard rules, {len(market.bars):,} bars", hard, "", None, 4.0),
        Result(f"hard and soft rules, {panel.n_rows:,} bars", hard + soft, "", None, 4.0),
    ]
