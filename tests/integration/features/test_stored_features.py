"""From stored bars to features: evening by evening, after corrections, and of the newest session alone."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from models.domain.errors import NotYetComputedError
from services.ml.feature_store import newest, store
from services.quant.features.compute import compute_features
from tests.integration.features.conftest import FIRST, assert_close, until
from tests.integration.scoring.conftest import with_close


def _directly(desk):
    inputs = desk.inputs()
    return compute_features(inputs.panel, inputs.filled, inputs.context).values


def _late_split(market, symbol, session):
    """Return the market with a split nobody had told, and the prices before it as they were quoted."""
    split = pd.DataFrame({"symbol": [symbol], "session": [session], "kind": ["split"], "value": [2.0]})
    events = pd.concat([market.events, split]).astype(market.events.dtypes.to_dict())
    return replace(market, events=events.sort_values(["symbol", "session"], ignore_index=True))


@pytest.fixture
def computed_from(monkeypatch):
    """The first session of everything that was computed for the store."""
    found = []
    genuine = store._computed

    def watched(inputs, wanted, months, valid, group):
        begin = months.session_edges[group[0]] + len(valid.digests)
        found.append(str(wanted.sessions[begin]))
        return genuine(inputs, wanted, months, valid, group)

    monkeypatch.setattr(store, "_computed", watched)
    return found


@pytest.mark.slow
def test_evenings_corrections_and_late_events_leave_what_computing_everything_gives(
    desk, market, computed_from
):
    steps = [
        (until(market, "2013-02-26"), FIRST),
        (until(market, "2013-02-27"), "2013-02-27"),
        (market, "2013-02-28"),
        (with_close(market, "MSFT", "2012-12-03", 1.04), "2012-12-03"),
        (_late_split(market, "IBM", pd.Timestamp("2012-11-05")), "2012-11-05"),
    ]
    for number, (known, first) in enumerate(steps):
        desk.clock.time += timedelta(days=1)
        desk.ingest(known)
        assert_close(desk.stored(), _directly(desk))
        assert computed_from == [first], number
        assert_close(desk.stored(), _directly(desk))
        assert computed_from == [first], number
        computed_from.clear()


@pytest.mark.parametrize("n_sessions", [1, 3, 65])
def test_the_newest_sessions_alone(desk, market, n_sessions):
    desk.ingest(market)
    whole, everything = desk.inputs(), _directly(desk)
    inputs, features = desk.newest(n_sessions)
    days = np.unique(whole.panel.session)[-n_sessions:]
    of_newest = whole.panel.session >= days[0]
    assert_close(features.values, everything[of_newest])
    assert inputs.panel.symbols == ("AAPL", "FB", "GOOG", "IBM", "MSFT")
    np.testing.assert_array_equal(inputs.panel.session, whole.panel.session[of_newest])
    np.testing.assert_array_equal(inputs.panel.close, whole.panel.close[of_newest])


def test_the_newest_session_reads_no_more_bars_than_it_needs(desk, market, monkeypatch):
    desk.ingest(market)
    n_read = []
    genuine = newest.read_inputs

    def watched(*arguments, **named):
        inputs = genuine(*arguments, **named)
        n_read.append(np.unique(inputs.panel.session).size)
        return inputs

    monkeypatch.setattr(newest, "read_inputs", watched)
    desk.newest()
    (n_sessions,) = n_read
    assert 406 <= n_sessions <= 430 < np.unique(desk.inputs().panel.session).size


def test_where_the_dataset_lacks_sessions_more_is_read(desk, market):
    """Half a year without any bar: as many days hold fewer sessions than are needed."""
    gone = market.bars["session"].between("2011-12-01", "2012-05-31")
    desk.ingest(replace(market, bars=market.bars[~gone].reset_index(drop=True)))
    everything = _directly(desk)
    inputs, features = desk.newest()
    whole = desk.inputs().panel
    assert_close(features.values, everything[whole.session == whole.session.max()])
    assert inputs.panel.n_rows == 5


def test_a_benchmark_that_ended_long_ago_is_unknown_and_not_replaced(desk, market):
    ended = (market.bars["symbol"] == "^GSPC") & (market.bars["session"] > "2010-06-30")
    desk.ingest(replace(market, bars=market.bars[~ended].reset_index(drop=True)))
    everything = _directly(desk)
    _, features = desk.newest()
    whole = desk.inputs().panel
    assert_close(features.values, everything[whole.session == whole.session.max()])
    assert np.isnan(features.column("beta_market_60")).all()


def test_without_prices_it_says_what_to_do(desk):
    with pytest.raises(NotYetComputedError, match="python -m app ingest"):
        desk.newest()
    with pytest.raises(NotYetComputedError, match="python -m app ingest"):
        desk.stored()
