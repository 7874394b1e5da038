"""Whether a book trades on what it could not have known yet. None of the checks trusts the journal alone."""

from collections.abc import Callable, Sequence

import numpy as np

from models.domain.market import PricePanel
from models.domain.portfolio import BacktestSettings, OrderReason
from services.quant.features.checks import Check
from services.quant.panels import cut_panel
from services.quant.portfolio.market import NO_LABEL, SignalMatrix, TradingMarket, cut_market
from services.quant.portfolio.result import BacktestResult

Run = Callable[[TradingMarket, SignalMatrix, BacktestSettings], BacktestResult]
Score = Callable[[PricePanel], np.ndarray]


def fills_follow_signals(result: BacktestResult) -> Check:
    """Compare the session of each fill with that of its signal; a delisting is no order."""
    ordered = [fill for fill in result.fills if fill.reason is not OrderReason.DELISTED]
    early = [fill for fill in ordered if fill.fill_session <= fill.signal_session]
    if not early:
        return Check("fills_follow_signals", True, f"{len(ordered)} fills come after their signals")
    symbol, day = result.symbols[early[0].column], result.sessions[early[0].fill_session]
    detail = (
        f"{len(early)} of {len(ordered)} fills come no later than their signal, the first {symbol} on {day}"
    )
    return Check("fills_follow_signals", False, detail)


def same_bar_execution(
    run: Run,
    market: TradingMarket,
    signals: SignalMatrix,
    settings: BacktestSettings,
    sessions: Sequence[int],
) -> Check:
    """Take signals away from a session on, and later prices with them: nothing up to its close may change.

    Parameters
    ----------
    run : callable
        ``run_backtest``, or what is suspected.
    market, signals, settings
        Its arguments.
    sessions : sequence of int
        Numbers of the sessions to try; a leak shows only where a signal of that session would trade.

    Returns
    -------
    Check
        Passed, too, where no signal of these sessions ever traded: then the detail says so.
    """
    whole = run(market, signals, settings)
    n_traded = 0
    for session in sessions:
        shown = cut_market(market, session + 1)
        without = SignalMatrix(signals.label[: session + 1].copy(), signals.confluence[: session + 1].copy())
        without.label[session], without.confluence[session] = NO_LABEL, np.nan
        before = run(shown, without, settings)
        same_equity = np.array_equal(before.equity, whole.equity[: session + 1])
        if not (same_equity and np.array_equal(before.quantity, whole.quantity[: session + 1])):
            day = market.sessions[session]
            detail = f"the book of {day} depends on signals of its own close, or on later prices"
            return Check("same_bar_execution", False, detail)
        n_traded += any(fill.signal_session == session for fill in whole.fills)
    said = f"{len(sessions)} sessions tried, of which {n_traded} gave orders that were filled"
    return Check("same_bar_execution", True, said)


def signals_from_the_future(score: Score, panel: PricePanel, cuts: Sequence[np.datetime64]) -> Check:
    """Compare the signals up to each cut with those made of nothing but the bars up to it.

    Parameters
    ----------
    score : callable
        From a panel to a score of each of its rows, float64, shape (n_rows,), NaN where there is none.
    panel : PricePanel
        All bars.
    cuts : sequence of datetime64
        Sessions to cut after.
    """
    whole = score(panel)
    for cut in cuts:
        rows = np.flatnonzero(panel.session <= cut)
        known_then, known_now = score(cut_panel(panel, cut)), whole[rows]
        same = (known_then == known_now) | (np.isnan(known_then) & np.isnan(known_now))
        if not same.all():
            row = int(rows[np.flatnonzero(~same)[0]])
            symbol, day = panel.symbols[panel.code[row]], panel.session[row]
            detail = f"the signal of {symbol} on {day} is another one with the bars after {cut}"
            return Check("signals_from_the_future", False, detail)
    return Check(
        "signals_from_the_future", True, f"{whole.size} signals stay as they are at {len(cuts)} cuts"
    )
