"""From forecasts to a book: the right names, on the right days, and nobody who has left the universe."""

import numpy as np
import pytest

from models.domain.market import Dataset, PriceBasis
from services.ml.inputs import MarketInputs
from services.ml.samples import Samples
from services.ml.trial_book import book_ground, trial_book
from services.ml.walk_forward import Forecasts
from services.quant.features.context import FeatureContext
from services.quant.gaps import fill_gaps
from services.quant.portfolio.backtest import run_backtest
from services.quant.portfolio.market import SignalMatrix
from tests.unit.quant.factories import make_panel, random_bars

N_SESSIONS, FIRST = 60, 20
SYMBOLS = ("ZZZ", "AAA", "MMM")  # columns of a market stand in the order of names


def make_inputs(is_member=None):
    rng = np.random.default_rng(3)
    panel = make_panel({symbol: random_bars(rng, N_SESSIONS) for symbol in SYMBOLS})
    everyone = np.ones(panel.n_rows, dtype=bool)
    context = FeatureContext(np.zeros(3, dtype=np.int64), everyone if is_member is None else is_member)
    dataset = Dataset("files", "0", "test", PriceBasis.RAW)
    return MarketInputs(dataset, panel, fill_gaps(panel), context, {0: "Energy"})


def make_samples(inputs):
    panel = inputs.panel
    rows = np.arange(panel.n_rows)
    return Samples(
        features=np.zeros((panel.n_rows, 1), dtype=np.float32),
        feature_names=("none",),
        class_names=("Down", "Neutral", "Up"),
        window_sessions=1,
        source=inputs.filled.source,
        places=np.flatnonzero(~inputs.filled.is_filled),
        labels=np.zeros(panel.n_rows, dtype=np.int8),
        sessions=panel.session,
        label_ends=panel.session,
        symbols=panel.code[rows].astype(np.int32),
        last_return=np.zeros(panel.n_rows),
    )


def make_forecasts(samples, direction, n_classes=3):
    """Forecasts of every session from FIRST on; ``direction``: P(Up) - P(Down) by symbol and session."""
    day = np.searchsorted(np.unique(samples.sessions), samples.sessions)
    chosen = day >= FIRST
    lean = direction[samples.symbols, day][chosen]
    if n_classes == 3:
        probabilities = np.column_stack((0.3 - lean / 2.0, np.full(lean.size, 0.4), 0.3 + lean / 2.0))
    else:
        probabilities = np.column_stack((0.5 - lean / 2.0, 0.5 + lean / 2.0))
    part = samples.take(chosen)
    return Forecasts(
        part.places, part.sessions, part.symbols, np.zeros(lean.size, dtype=np.int16), probabilities
    )


def leanings():
    lean = np.zeros((3, N_SESSIONS))
    lean[0, 25] = 0.4  # ZZZ: a score of 0.7, a strong buy
    lean[0, 40] = -0.4
    lean[2, 30] = 0.09  # MMM: 0.545, still hold
    return lean


@pytest.mark.parametrize("n_classes", [2, 3])
def test_what_is_forecast_to_rise_is_bought_at_the_next_open_and_sold_when_it_turns(n_classes):
    inputs = make_inputs()
    ground = book_ground(inputs, horizon_sessions=5)
    forecasts = make_forecasts(make_samples(inputs), leanings(), n_classes)
    judged = trial_book(ground, inputs, make_samples(inputs), forecasts, n_random_books=5)
    days = np.unique(inputs.panel.session)
    assert judged.figures.n_trades >= 2
    assert (judged.figures.first_session, judged.figures.last_session) == (str(days[FIRST]), str(days[-1]))
    np.testing.assert_array_equal(judged.returns.sessions, days[FIRST + 1 :])
    moved = judged.returns.sessions[judged.returns.values != 0.0]
    assert (moved.min(), moved.max()) == (days[26], days[41])
    assert judged.figures.n_sessions_held == 41 - 26
    # The same book by hand: labels where the market has its columns.
    label = np.full((N_SESSIONS, 3), 2, dtype=np.int8)
    label[25, 2], label[40, 2] = 0, 4
    score = np.where(label == 0, 0.7, np.where(label == 4, 0.3, 0.5))
    by_hand = run_backtest(ground.market, SignalMatrix(label, score), ground.settings)
    np.testing.assert_allclose(judged.returns.values, by_hand.returns[FIRST:])


def test_a_name_that_left_the_universe_is_sold():
    panel = make_inputs().panel
    is_member = np.ones(panel.n_rows, dtype=bool)
    is_member[33:N_SESSIONS] = False  # ZZZ from its 34th session on
    inputs = make_inputs(is_member)
    samples = make_samples(inputs)
    lean = leanings()
    lean[0, 40] = 0.0
    ground = book_ground(inputs, horizon_sessions=5)
    forecasts = make_forecasts(samples.take(is_member), lean)
    judged = trial_book(ground, inputs, samples, forecasts, n_random_books=5)
    moved = judged.returns.sessions[judged.returns.values != 0.0]
    assert moved.max() == np.unique(panel.session)[34]


def test_the_horizon_is_the_label_s():
    inputs = make_inputs()
    assert book_ground(inputs, horizon_sessions=9).settings.horizon_sessions == 9
