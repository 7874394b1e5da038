"""The confidence of a label: a fit on what had matured by then, and on nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from services.quant.confidence import (
    MIN_SESSIONS,
    MIN_SIGNALS,
    calibrated_confidence,
    fit_logistic,
    forward_returns,
)
from tests.unit.quant.factories import flat_bars, make_panel, weekdays

N_A_DAY = 4
HORIZON = 5


def _signals(rng, n_sessions=300, slope=4.0):
    """Four signals a day whose return is more likely up the higher the confluence, on a grid of 0.001."""
    session = np.repeat(weekdays(n_sessions + HORIZON), N_A_DAY)
    n = session.size
    confluence = np.round(rng.uniform(0.3, 0.7, n), 3)
    up = rng.random(n) < 1.0 / (1.0 + np.exp(-slope * (confluence - 0.48)))
    forward = np.where(up, 1.0, -1.0) * rng.uniform(0.001, 0.05, n)
    days = weekdays(n_sessions + 2 * HORIZON)
    matured = np.repeat(days[HORIZON:], N_A_DAY)[:n]
    return session, matured, confluence, forward


def _direction(confluence):
    return (confluence > 0.55).astype(int) - (confluence < 0.45)


def _reference(confluence, up):
    """P(up | confluence) by scikit-learn without penalty."""
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000, solver="newton-cholesky")
    return model.fit(confluence[:, None], up)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([-20.0, -2.0, 0.0, 3.0, 30.0]))
def test_equals_scikit_learn_on_the_signals_matured_by_then(seed, slope):
    rng = np.random.default_rng(seed)
    session, matured, confluence, forward = _signals(rng, slope=slope)
    direction = _direction(confluence)
    result = calibrated_confidence(session, matured, confluence, forward, direction)
    given_ = np.flatnonzero(np.isfinite(result.probability))
    assert given_.size > 50
    for i in rng.choice(given_, 5):
        known = matured <= session[i]
        fitted = _reference(confluence[known], forward[known] > 0.0)
        up = fitted.predict_proba([[confluence[i]]])[0, 1]
        buys = direction[i] > 0
        assert result.probability[i] == pytest.approx(up if buys else 1.0 - up, abs=1e-6)
        base = np.mean(forward[known] > 0.0)
        assert result.base_rate[i] == pytest.approx(base if buys else 1.0 - base, abs=1e-12)
        assert result.n[i] == known.sum()


def test_three_decimals_of_the_confluence_are_enough(sample_panel, sample_scores):
    """On the sample, with the confluence as it is and the matured set rebuilt from the bars."""
    _, signals = sample_scores
    start = dict(zip(sample_panel.instrument_ids.tolist(), sample_panel.starts[:-1].tolist(), strict=True))
    up, matured = [], []
    for row in signals.itertuples():
        first = start[row.instrument_id]
        last = sample_panel.starts[row.instrument_id]
        at = first + int(np.searchsorted(sample_panel.session[first:last], np.datetime64(row.session, "D")))
        reaches = at + HORIZON < last
        worth = sample_panel.gross_growth[first:last]
        paid = sample_panel.open[at + 1] * worth[at + 1 - first] if reaches else np.nan
        got = sample_panel.close[at + HORIZON] * worth[at + HORIZON - first] if reaches else np.nan
        up.append(np.sign(got - paid))
        matured.append(sample_panel.session[at + HORIZON] if reaches else np.datetime64("NaT"))
    up, matured = np.array(up), np.array(matured, dtype="datetime64[D]")
    known_ever = np.isin(up, (-1.0, 1.0))
    confident = signals[signals["confidence"].notna()]
    assert len(confident) > 4000
    for row in confident.sample(8, random_state=1).itertuples():
        known = known_ever & (matured <= np.datetime64(row.session, "D"))
        fitted = _reference(signals["confluence"].to_numpy()[known], up[known] > 0)
        p = fitted.predict_proba([[row.confluence]])[0, 1]
        assert row.confidence_n == known.sum()
        assert row.confidence == pytest.approx(p if "BUY" in row.label else 1.0 - p, abs=1e-3)


def test_a_hold_has_no_confidence(sample_scores):
    _, signals = sample_scores
    columns = ["confidence", "confidence_base_rate", "confidence_n"]
    assert signals.loc[signals["label"] == "HOLD", columns].isna().all(axis=None)
    has_some = signals[columns].notna()
    assert (has_some.sum(axis=1).isin([0, 3])).all(), "all three or none"


@pytest.mark.parametrize(("n_matured", "n_days", "has_one"), [
    (MIN_SIGNALS - 1, MIN_SESSIONS + 5, False),
    (MIN_SIGNALS, MIN_SESSIONS + 5, True),
    (MIN_SIGNALS + 400, MIN_SESSIONS - 1, False),
    (MIN_SIGNALS + 400, MIN_SESSIONS, True),
])  # fmt: skip
def test_the_thresholds_are_met_exactly(n_matured, n_days, has_one):
    assert (MIN_SIGNALS, MIN_SESSIONS) == (500, 250)
    rng = np.random.default_rng(3)
    days = weekdays(n_days + HORIZON + 1)
    session = np.sort(np.concatenate((days[:n_days], rng.choice(days[:n_days], n_matured - n_days))))
    matured = session + np.timedelta64(9, "D")  # every outcome is known well before the last day
    today = matured.max()
    confluence = np.round(rng.uniform(0.3, 0.7, n_matured), 3)
    forward = rng.normal(0.0, 0.02, n_matured)
    result = calibrated_confidence(
        np.append(session, today),
        np.append(matured, np.datetime64("NaT", "D")),
        np.append(confluence, 0.6),
        np.append(forward, np.nan),
        np.append(np.zeros(n_matured, dtype=int), 1),
    )
    assert np.isfinite(result.probability[-1]) == has_one
    assert result.n[-1] == (n_matured if has_one else 0)


def test_what_is_known_only_tomorrow_is_not_in_the_fit():
    rng = np.random.default_rng(5)
    session, matured, confluence, forward = _signals(rng, slope=0.0)
    direction = _direction(confluence)
    honest = calibrated_confidence(session, matured, confluence, forward, direction)
    day = weekdays(290)[-1]
    planted = np.where(matured > day, np.where(confluence > 0.5, 1.0, -1.0), forward)  # a perfect future
    foreseen = calibrated_confidence(session, matured, confluence, planted, direction)
    until = session <= day
    for name in ("probability", "base_rate", "n"):
        np.testing.assert_array_equal(getattr(honest, name)[until], getattr(foreseen, name)[until])
    assert not np.array_equal(honest.probability[~until], foreseen.probability[~until], equal_nan=True)


def test_what_matures_today_is_known_at_todays_close():
    session, matured, confluence, forward = _signals(np.random.default_rng(6))
    today = session == session[-1]
    result = calibrated_confidence(session, matured, confluence, forward, np.where(today, 1, 0))
    assert result.n[-1] == (matured <= session[-1]).sum() == N_A_DAY * 300


def test_returns_of_zero_and_unknown_ones_are_left_out():
    session, matured, confluence, forward = _signals(np.random.default_rng(7))
    forward[::10], forward[1::10] = 0.0, np.nan
    today = session == session[-1]
    result = calibrated_confidence(session, matured, confluence, forward, np.where(today, -1, 0))
    usable = (matured <= session[-1]) & np.isfinite(forward) & (forward != 0.0)
    assert result.n[-1] == usable.sum()
    assert result.base_rate[-1] == pytest.approx((forward[usable] < 0.0).mean())


@pytest.mark.parametrize("outcome", [0.01, -0.01])
def test_one_class_alone_gives_none(outcome):
    session, matured, confluence, forward = _signals(np.random.default_rng(8))
    result = calibrated_confidence(
        session, matured, confluence, np.full_like(forward, outcome), _direction(confluence)
    )
    assert np.isnan(result.probability).all()
    assert np.isnan(result.base_rate).all()
    assert not result.n.any()


def test_one_confluence_alone_or_a_perfect_split_has_no_fit():
    ups, totals, zero = np.zeros(1001), np.zeros(1001), np.zeros(2)
    totals[600], ups[600] = 100.0, 40.0
    assert fit_logistic(ups, totals, zero) is None
    totals[400] = 100.0
    ups[600], ups[400] = 100.0, 0.0
    assert fit_logistic(ups, totals, zero) is None


def test_two_confluences_by_hand():
    """40 of 100 up at 0.4 and 60 of 100 at 0.6: logits of 0.4 and 0.6 exactly, so a slope of 10 log 1.5."""
    ups, totals = np.zeros(1001), np.zeros(1001)
    totals[400] = totals[600] = 100.0
    ups[400], ups[600] = 40.0, 60.0
    np.testing.assert_allclose(fit_logistic(ups, totals, np.zeros(2)), [0.0, 10 * np.log(1.5)], atol=1e-9)
    np.testing.assert_allclose(
        fit_logistic(ups, totals, np.array([1.0, 20.0])), [0.0, 10 * np.log(1.5)], atol=1e-9
    )


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-60.0, 60.0), st.floats(-3.0, 3.0), st.floats(-60.0, 60.0))
def test_the_fit_finds_the_maximum_from_anywhere(seed, slope, start_level, start_slope):
    rng = np.random.default_rng(seed)
    confluence = np.round(rng.uniform(0.3, 0.7, 600), 3)
    up = rng.random(600) < 1.0 / (1.0 + np.exp(-slope * (confluence - 0.5)))
    place = np.round(confluence * 1000).astype(int)
    ups, totals = (
        np.bincount(place, weights=up, minlength=1001),
        np.bincount(place, minlength=1001).astype(float),
    )
    fitted = fit_logistic(ups, totals, np.array([start_level, start_slope]))
    expected = _reference(confluence - 0.5, up)
    np.testing.assert_allclose(fitted, [expected.intercept_[0], expected.coef_[0, 0]], rtol=1e-5, atol=1e-5)


def test_no_signal_at_all():
    nothing = np.zeros(0)
    days = nothing.astype("datetime64[D]")
    result = calibrated_confidence(days, days, nothing, nothing, nothing.astype(int))
    assert result.probability.size == result.base_rate.size == result.n.size == 0


def test_forward_return_by_hand():
    """Bought at the open of t+1, sold at the close of t+2, whose split and dividend belong to the holder."""
    frame = flat_bars(4, 100.0)
    frame["open"] = [100.0, 80.0, 44.0, 45.0]
    frame["close"] = [100.0, 90.0, 49.0, 46.0]
    frame["split"] = [1.0, 1.0, 2.0, 1.0]
    frame["dividend"] = [0.0, 5.0, 1.0, 0.0]
    value = forward_returns(make_panel({"A": frame, "B": flat_bars(2, 7.0)}), 2)
    # 80 buys a share without the dividend of that morning; 2 shares of 49, and 1 each, which buys 1/49 more.
    np.testing.assert_allclose(value[0], 2 * 50.0 / 80.0 - 1.0, rtol=1e-12)
    np.testing.assert_allclose(value[1], 46.0 * (50.0 / 49.0 / 50.0 * 49.0) / 44.0 - 1.0, rtol=1e-12)
    assert np.isnan(value[2:]).all()


@pytest.mark.slow
@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_forward_return_compounds_what_a_holder_gets(seed, horizon):
    """Cash and shares counted one by one, the dividends reinvested at the close."""
    rng = np.random.default_rng(seed)
    n = 40
    frame = flat_bars(n, 1.0).assign(
        open=rng.uniform(5, 50, n),
        close=rng.uniform(5, 50, n),
        dividend=np.where(rng.random(n) < 0.1, 0.5, 0.0),
        split=rng.choice([1.0, 1.0, 1.0, 2.0, 0.5], n),
    )
    value = forward_returns(make_panel({"A": frame}), horizon)
    for t in range(n - horizon):
        shares = 1.0 / frame["open"][t + 1]
        for day in range(t + 2, t + horizon + 1):
            shares *= frame["split"][day]
            shares += shares * frame["dividend"][day] / frame["close"][day]
        assert value[t] == pytest.approx(shares * frame["close"][t + horizon] - 1.0, rel=1e-9, abs=1e-12)
    assert np.isnan(value[n - horizon :]).all()
