"""Write docs/risk-backtest.md: ``python -m benchmarks.risk_report > docs/risk-backtest.md``."""

import sys
import time

import numpy as np

from benchmarks import panel as panels
from benchmarks.features import subject
from models.domain.risk import RiskBacktest, TestResult, VarBacktest
from models.domain.risk_request import METHOD_TITLES, RiskMethod
from services.quant.monte_carlo.history import return_matrix
from services.quant.risk.backtest import backtest_book
from services.quant.risk.books import reference_book

_FIRST = np.datetime64("2005-01-03")
_HEAD = """# Value at risk against what came

Every symbol of the universe at equal weights, made equal again at every close; one session ahead, from the
book's own returns of up to 1,260 sessions before. {label}; {first} to {last}, {n:,} sessions. An exception is
a loss beyond the forecast. Kupiec tests their number, Christoffersen whether they come alone, and both
together; p-values by simulation of 4,999 histories. Zone: the last 250 sessions.

Written by `python -m benchmarks.risk_report > docs/risk-backtest.md`.

| method | confidence | exceptions | expected | Kupiec p | independence p | joint p | zone |
|---|---|---|---|---|---|---|---|"""


def main() -> int:
    """Back-test the equal-weight book of the panel and print the page."""
    source = panels.find()
    market = source.fetch()
    panel, context = subject(market)
    benchmark = context.benchmark
    series = None if benchmark is None else (benchmark.session, benchmark.close)
    matrix = return_matrix(panel, series, market.dataset.benchmark or "")
    sectors = {instrument.symbol: instrument.sector for instrument in market.instruments}
    book = reference_book(panel.symbols, sectors, matrix.sessions[-1].item())
    begun = time.perf_counter()
    found = backtest_book(
        book, matrix.of(book.symbols), tuple(RiskMethod), lambda *_: None, first_session=_FIRST
    )
    print(f"{time.perf_counter() - begun:.1f} s", file=sys.stderr)
    print("\n".join(_page(found, source.label)))
    return 0


def _page(found: RiskBacktest, label: str) -> list[str]:
    head = _HEAD.format(label=label, first=found.first, last=found.last, n=found.n_sessions)
    rows = [_row(result) for result in found.results]
    return [*head.split("\n"), *rows, "", *found.notes]


def _row(result: VarBacktest) -> str:
    zone = result.zone
    cells = (
        METHOD_TITLES[result.method],
        f"{100 * result.confidence:.0f} %",
        str(result.n_exceptions),
        f"{result.n_expected:.1f}",
        _p(result.kupiec),
        _p(result.independence),
        _p(result.joint),
        f"{zone.zone.value} ({zone.n_exceptions} of {zone.n_sessions})",
    )
    return f"| {' | '.join(cells)} |"


def _p(result: TestResult | None) -> str:
    return "too few" if result is None else f"{result.p_value:.4f}"


if __name__ == "__main__":
    sys.exit(main())
