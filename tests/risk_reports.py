"""A report of risk for tests of storage and pages: plausible, small, made by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from models.domain.risk import (
    BACKTEST_CONFIDENCES,
    CONFIDENCES,
    FAN_LEVELS,
    BaselZone,
    Completion,
    Contribution,
    Estimate,
    FitParameter,
    Histogram,
    RiskBacktest,
    RiskReport,
    RiskSnapshot,
    SectorExposure,
    StressKind,
    StressPart,
    StressResult,
    TailRisk,
    TestResult,
    VarBacktest,
    ZoneResult,
)
from models.domain.risk_request import Book, BookOrigin, RiskMethod, RiskRequest

DEFAULT = RiskRequest()
SESSION = date(2013, 3, 1)
SECTORS = ("Information Technology", "Information Technology", "Utilities")
BOOK = Book(
    BookOrigin.PORTFOLIO, "What the rules hold", SESSION, ("AAPL", "IBM", "XU"), (0.5, 0.3, 0.1), SECTORS, 0.1
)
_LOSS = {0.90: 0.03, 0.95: 0.045, 0.99: 0.08}


def make_tail(confidence: float, book: Book = BOOK) -> TailRisk:
    loss = _LOSS[confidence]
    parts = tuple(
        Contribution(
            symbol, weight, loss * weight / book.gross, loss / book.gross, 1.3 * loss * weight / book.gross
        )
        for symbol, weight in zip(book.symbols, book.weights, strict=True)
    )
    sectors = (
        Contribution("Information Technology", 0.8, loss * 8 / 9, loss / 0.9, 1.3 * loss * 8 / 9),
        Contribution("Utilities", 0.1, loss / 9, loss / 0.9, 1.3 * loss / 9),
    )
    return TailRisk(confidence, Estimate(loss, 0.0004), Estimate(1.3 * loss, 0.0006), parts, sectors)


def make_snapshot(method: RiskMethod, request: RiskRequest = DEFAULT) -> RiskSnapshot:
    horizon = request.settings.horizon_sessions
    return RiskSnapshot(
        method=method,
        settings=request.settings,
        mean=Estimate(0.004, 0.0001),
        tails=tuple(make_tail(confidence) for confidence in CONFIDENCES),
        max_drawdown=Estimate(0.06, 0.0005),
        large_loss_probability=Estimate(0.0002, 0.00005),
        outcomes=Histogram((-0.1, -0.05, 0.0, 0.05, 0.1), (40, 400, 450, 60), 20, 30),
        drawdowns=Histogram((0.0, 0.05, 0.1), (900, 80), 0, 20),
        fan=tuple(
            tuple(0.03 * (level - 0.5) * (day + 1) ** 0.5 for level in FAN_LEVELS) for day in range(horizon)
        ),
        history_from=date(2000, 3, 1),
        history_to=SESSION,
        n_history=3_269,
        completions=(Completion("XU", 196, 0.94, 0.8),),
        parameters=(FitParameter("degrees of freedom", 4.2),),
        notes=("XU has 196 returns of its own",),
        seconds=0.4,
    )


def make_backtest() -> RiskBacktest:
    days = tuple(SESSION - timedelta(days=n) for n in reversed(range(4)))
    results = tuple(
        VarBacktest(
            method,
            confidence,
            31,
            27.5,
            TestResult(0.44, 0.51),
            TestResult(3.1, 0.08),
            None,
            ZoneResult(BaselZone.YELLOW, 250, 6),
            (date(2008, 10, 15), days[1]),
            (0.021, 0.022, 0.02, 0.019),
        )
        for method in RiskMethod
        for confidence in BACKTEST_CONFIDENCES
    )
    return RiskBacktest(
        BOOK.label, date(2001, 3, 2), SESSION, 2_750, 0.93, results, days, (0.01, -0.03, 0.0, 0.002), ()
    )


def make_report(request: RiskRequest = DEFAULT, **changes) -> RiskReport:
    stress = StressResult(
        name="Dot-com bust",
        kind=StressKind.HISTORICAL,
        first=date(2000, 3, 24),
        last=date(2002, 10, 9),
        book_return=-0.41,
        scaled_return=-0.46,
        coverage=0.89,
        missing=("XU",),
        by_symbol=(StressPart("AAPL", 0.5, -0.3), StressPart("IBM", 0.3, -0.11)),
        by_sector=(StressPart("Information Technology", 0.8, -0.41),),
        note="XU was not listed",
    )
    report = RiskReport(
        computed_at=datetime(2026, 1, 5, 12, 0, tzinfo=UTC),
        request=request,
        book=BOOK,
        snapshots=tuple(make_snapshot(method, request) for method in request.methods),
        backtest=make_backtest(),
        stresses=(stress,),
        exposures=(
            SectorExposure("Information Technology", 0.89, 0.8, is_alert=True),
            SectorExposure("Utilities", 0.11, 0.2, is_alert=False),
        ),
        reference_label="the universe at equal weights",
        notes=(),
        data_snapshot="a" * 64,
        code_version="b" * 64,
    )
    return replace(report, **changes)
