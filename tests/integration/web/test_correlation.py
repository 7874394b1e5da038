"""The correlation query on a real database: its matrix, sectors, earlier sessions, and what it refuses."""

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest

from models.domain.correlation import CorrelationMethod, CorrelationRequest, MatrixOrder
from models.domain.errors import (
    InsufficientHistoryError,
    InvalidRequestError,
    NotYetComputedError,
    UnknownSymbolError,
)
from services.providers.sample import SampleProvider
from services.queries.cached_correlation import CachedCorrelationQueries
from services.queries.cached_feed import DataCache
from services.queries.correlation import CorrelationQueries
from services.queries.revision import RevisionWatcher
from services.storage.cache import open_cache
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.ingest_bars import ingest_bars


@pytest.fixture
def queries(engine, clock):
    ingest_bars(lambda: SqlUnitOfWork(engine), SampleProvider(), clock, lambda *_: None)
    return CorrelationQueries(engine, clock)


def adjusted(engine, symbols):
    with SqlUnitOfWork(engine) as work:
        dataset_id = work.datasets.active().dataset.id
        panel = work.bars.panel(dataset_id, symbols=symbols)
    series = {
        symbol: pd.Series((panel.close * panel.gross_growth)[start:end], index=panel.session[start:end])
        for symbol, start, end in zip(panel.symbols, panel.starts[:-1], panel.starts[1:], strict=True)
    }
    return pd.DataFrame(series)


def of_pair(matrix, first, second):
    symbols = [line.symbols[0] for line in matrix.lines]
    size = len(symbols)
    whole = np.zeros((size, size))
    whole[np.triu_indices(size)] = matrix.triangle / 10_000
    return (whole + whole.T)[symbols.index(first), symbols.index(second)]


def test_the_sample_equals_pandas(engine, queries):
    matrix = queries.matrix(CorrelationRequest(window_sessions=252))
    peer = adjusted(engine, ["AAPL", "MSFT"]).pct_change(fill_method=None).tail(252).corr()
    assert of_pair(matrix, "AAPL", "MSFT") == pytest.approx(peer.loc["AAPL", "MSFT"], abs=5e-5)
    assert matrix.last == date(2013, 3, 1)
    assert matrix.n_sessions == 252
    assert matrix.is_newest


def test_a_late_listing_is_named_and_comes_back_with_a_shorter_window(queries):
    long = queries.matrix(CorrelationRequest(window_sessions=504))
    assert [each.symbol for each in long.left_out] == ["FB"]
    assert long.n_symbols == 4
    short = queries.matrix(CorrelationRequest(window_sessions=60))
    assert (short.n_symbols, short.left_out) == (5, ())
    assert short.n_common_min == 60


def test_an_earlier_session_knows_nothing_later(queries):
    past = queries.matrix(CorrelationRequest(as_of=date(2008, 10, 12)))
    assert past.last == date(2008, 10, 10)  # the Friday before
    assert not past.is_newest
    assert past.measures != queries.matrix(CorrelationRequest()).measures


def test_every_method_and_order_is_answered_and_kept(engine, queries):
    cached = CachedCorrelationQueries(queries, DataCache(engine, RevisionWatcher(engine), open_cache()))
    for method, order in product(CorrelationMethod, MatrixOrder):
        request = CorrelationRequest(method, 60, order)
        first, again = cached.matrix(request), cached.matrix(request)
        assert (first.triangle == again.triangle).all()
        assert first.lines == again.lines
        assert first.measures == again.measures


def test_what_there_is_none_of_is_refused(queries):
    with pytest.raises(InvalidRequestError, match="no sector 'Nowhere'"):
        queries.matrix(CorrelationRequest(sector="Nowhere"))
    with pytest.raises(InvalidRequestError, match="prices begin on 2000-03-01"):
        queries.matrix(CorrelationRequest(as_of=date(1999, 1, 1)))
    with pytest.raises(InsufficientHistoryError, match="choose a shorter window"):
        queries.matrix(CorrelationRequest(window_sessions=5_040))
    with pytest.raises(UnknownSymbolError, match="ZZZ"):
        queries.pair("AAPL", "ZZZ")
    with pytest.raises(InvalidRequestError, match="choose two symbols"):
        queries.pair("AAPL", "AAPL")


def test_a_pair_over_time_and_the_sectors(queries):
    pair = queries.pair("AAPL", "FB")
    assert pair.n_common == 195  # FB's 196 bars
    assert pair.low < pair.whole < pair.high
    assert sum(n_symbols for _, n_symbols in queries.sectors()) == 5


def test_before_the_first_prices_it_says_what_goes_on(engine, clock):
    with pytest.raises(NotYetComputedError, match="No worker is running"):
        CorrelationQueries(engine, clock).matrix(CorrelationRequest())
