"""What one method says of a book, from its history to the figures that pages show."""

import time
from collections.abc import Callable

import numpy as np

from models.domain.risk import (
    CONFIDENCES,
    DRAWDOWN_CONFIDENCE,
    FAN_LEVELS,
    LARGE_LOSS,
    Estimate,
    Histogram,
    RiskSnapshot,
    TailRisk,
)
from models.domain.risk_request import Book, RiskMethod, RiskSettings
from services.quant.monte_carlo.engine import Simulation, simulate
from services.quant.monte_carlo.history import BookHistory
from services.quant.monte_carlo.models import Report, fit_model
from services.quant.risk import contributions
from services.quant.risk.contributions import MIN_SCENARIOS
from services.quant.value_at_risk import (
    estimate_expected_shortfall,
    estimate_mean,
    estimate_probability,
    estimate_value_at_risk,
)

_N_BINS = 80
_OUTSIDE = 0.0005  # of the outcomes at each end are counted, not drawn
_WIDENED_NOTE = (
    f"At some confidence fewer than {MIN_SCENARIOS} paths end within 0.5 % of VaR: its parts by symbol and "
    "sector are those of the nearest paths"
)


def take_snapshot(
    method: RiskMethod,
    book: Book,
    history: BookHistory,
    settings: RiskSettings,
    report: Report,
    clock: Callable[[], float] = time.perf_counter,
) -> RiskSnapshot:
    """Fit a method, simulate a book, and measure what came out.

    Parameters
    ----------
    method : RiskMethod
    book : Book
        Its symbols stand in the order of the history's.
    history : BookHistory
    settings : RiskSettings
    report : callable
        Told how far it is; may raise to stop.
    clock : callable, optional
        Seconds, to say how long it took.
    """
    begun = clock()
    weights = np.array(book.weights)
    model = fit_model(method, history, weights, report)
    found = simulate(method, model, weights, book.cash, settings, FAN_LEVELS, report)
    tails, is_widened = _tails(book, weights, found)
    drawdown = estimate_value_at_risk(-found.drawdowns, DRAWDOWN_CONFIDENCE)
    days = history.sessions.astype("datetime64[D]")
    return RiskSnapshot(
        method=method,
        settings=settings,
        mean=estimate_mean(found.outcomes),
        tails=tails,
        max_drawdown=drawdown,
        large_loss_probability=estimate_probability(found.outcomes < -LARGE_LOSS),
        outcomes=histogram(found.outcomes),
        drawdowns=histogram(found.drawdowns),
        fan=tuple(tuple(row) for row in found.fan.tolist()),
        history_from=days[0].item(),
        history_to=days[-1].item(),
        n_history=int(days.size),
        completions=history.completions,
        parameters=model.parameters,
        notes=(*history.notes, *model.notes, *((_WIDENED_NOTE,) if is_widened else ())),
        seconds=round(clock() - begun, 3),
    )


def _tails(book: Book, weights: np.ndarray, found: Simulation) -> tuple[tuple[TailRisk, ...], bool]:
    tails, is_widened = [], False
    for confidence in CONFIDENCES:
        var = estimate_value_at_risk(found.outcomes, confidence)
        shortfall = estimate_expected_shortfall(found.outcomes, confidence)
        parts = _parts(book, weights, found, var, shortfall)
        is_widened |= parts[2]
        tails.append(
            TailRisk(
                confidence,
                var,
                shortfall,
                contributions.by_symbol(book.symbols, weights, *parts[:2]),
                contributions.by_sector(book.sectors, weights, *parts[:2]),
            )
        )
    return tuple(tails), is_widened


def _parts(
    book: Book, weights: np.ndarray, found: Simulation, var: Estimate, shortfall: Estimate
) -> tuple[np.ndarray, np.ndarray, bool]:
    outcomes, growth = found.worst_outcomes, found.worst_growth
    component, is_widened = contributions.component_losses(outcomes, growth, weights, var.value)
    beyond = contributions.component_shortfalls(outcomes, growth, weights, var.value, shortfall.value)
    return component, beyond, is_widened


def histogram(values: np.ndarray) -> Histogram:
    """Return counts in bins of equal width between the outer 0.05 % at either end."""
    low, high = np.quantile(values, [_OUTSIDE, 1.0 - _OUTSIDE])
    if high - low < 1e-12:
        low, high = low - 1e-6, high + 1e-6
    counts, edges = np.histogram(values, _N_BINS, (low, high))
    return Histogram(
        tuple(edges.tolist()),
        tuple(counts.tolist()),
        int((values < edges[0]).sum()),
        int((values > edges[-1]).sum()),
    )
