"""The fills of a book that trades on a fold's own forecasts."""

import numpy as np

from models.domain.market import PriceBasis, PricePanel
from models.domain.portfolio import BacktestSettings, OrderReason
from models.domain.signals import LABELS, Label
from services.ml.audit.evidence import Fills, FoldEvidence
from services.quant.panels import keep_rows
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.market import lay_out_market, lay_out_signals

_BUY, _SELL = LABELS.index(Label.BUY), LABELS.index(Label.SELL)


def fills_of_forecasts(panel: PricePanel, basis: PriceBasis, fold: FoldEvidence) -> Fills:
    """Run the standard book over a fold's test and return its filled orders.

    Up likelier than Down is a BUY, otherwise a SELL: how good the signals are is of no matter here.
    """
    test = fold.test
    rows = test.source[test.places]
    probabilities = fold.predict(test)
    confluence = np.full(panel.n_rows, np.nan)
    confluence[rows] = 0.5 + (probabilities[:, -1] - probabilities[:, 0]) / 2.0
    keep = np.isin(panel.session, fold.test_sessions)
    part, scores = keep_rows(panel, keep), confluence[keep]
    market = lay_out_market(part, basis)
    signals = lay_out_signals(market, part, scores, np.where(scores > 0.5, _BUY, _SELL))
    found = run_backtest(market, signals, BacktestSettings())
    places = {symbol: place for place, symbol in enumerate(panel.symbols)}
    orders = [fill for fill in found.fills if fill.reason is not OrderReason.DELISTED]
    return Fills(
        np.array([places[found.symbols[fill.column]] for fill in orders], dtype=np.int64),
        found.sessions[[fill.signal_session for fill in orders]],
        found.sessions[[fill.fill_session for fill in orders]],
        np.array([fill.price for fill in orders]),
    )
