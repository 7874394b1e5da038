"""The attention page's reads on a real database: windows, prices, importance, and what is missing."""

from datetime import date

import numpy as np
import pytest

from models.domain.errors import NotYetComputedError, UnknownSymbolError
from models.domain.explanation_views import AttentionRequest
from services.queries.attention import AttentionQueries
from services.storage.unit_of_work import SqlUnitOfWork
from tests.explanation_records import explanation_of
from tests.stored_explanations import NOW, store_explanations, store_model

NEWEST = AttentionRequest()


@pytest.fixture
def queries(scored, clock):
    return AttentionQueries(scored, clock)


@pytest.mark.slow
def test_every_symbols_newest_window_comes_with_its_verdict(queries, explained):
    overview = queries.overview(NEWEST)
    assert [line.symbol for line in overview.lines] == ["AAPL", "GOOG", "IBM", "MSFT"]
    assert (overview.n_without, overview.n_heads, overview.is_newest) == (1, 2, True)
    assert overview.model.id == explained
    assert overview.deletion.n_windows == 640
    assert overview.computed_at == NOW
    expected = explanation_of(seed=1, n_heads=2, shown_class="Down")
    line = overview.lines[1]
    np.testing.assert_array_equal(line.attention, expected.attention)
    assert (line.shown_class, line.probability) == ("Down", pytest.approx(expected.shown_probability))
    assert line.sector


def test_an_older_window_stands_in_only_while_it_is_recent(queries, scored, explained):
    with SqlUnitOfWork(scored) as work:
        dataset_id = work.datasets.active().dataset.id
        instruments = work.datasets.instruments(dataset_id)
        ids = dict(zip(instruments["symbol"], instruments["id"], strict=True))
        young = [explanation_of("FB", day, explained) for day in (date(2013, 2, 20), date(2013, 2, 22))]
        work.explanations.save(ids, young, NOW)
        work.commit()
    lines = {line.symbol: line for line in queries.overview(NEWEST).lines}
    assert lines["FB"].session == date(2013, 2, 22)
    earlier = queries.overview(AttentionRequest(as_of=date(2013, 2, 21)))
    assert [(line.symbol, line.session) for line in earlier.lines] == [("FB", date(2013, 2, 20))]
    assert not earlier.is_newest


def test_prices_are_those_of_the_window_adjusted_as_of_its_end(queries, explained):
    assert explained
    line = queries.overview(NEWEST).lines[0]
    prices = queries.prices("AAPL", line.window[0], line.session)
    assert prices.session.tolist() == list(line.window)
    assert prices.close[-1] == pytest.approx(430.47)
    with pytest.raises(UnknownSymbolError, match="ZZZ"):
        queries.prices("ZZZ", line.window[0], line.session)


def test_importance_has_its_course_and_what_stands_beside_it(queries, explained):
    report = queries.importance(NEWEST)
    assert report.model.id == explained
    assert [one.session for one in report.history] == sorted(one.session for one in report.history)
    assert report.newest.session == report.history[-1].session == date(2013, 3, 1)
    assert report.newest.point_features
    assert not report.history[-1].point_features
    assert report.permutation.n_samples == 1_200
    assert report.stability.n_symbols == 5
    assert set(report.newest.feature_names) <= report.titles.keys()
    earlier = queries.importance(AttentionRequest(as_of=date(2013, 2, 28)))
    assert earlier.newest.session == date(2013, 2, 28)


def test_models_with_explanations_can_be_chosen_and_the_serving_one_comes_first(queries, scored, explained):
    with SqlUnitOfWork(scored) as work:
        newer = store_model(work, work.datasets.active().dataset.id, "b")
        store_explanations(work, newer, n_heads=4, content="b")
        work.commit()
    overview = queries.overview(NEWEST)
    assert [one.id for one in overview.models] == [newer, explained]
    assert overview.n_heads == 4
    assert queries.overview(AttentionRequest(model_id=explained)).n_heads == 2
    with pytest.raises(UnknownSymbolError, match="no model 99"):
        queries.overview(AttentionRequest(model_id=99))


def test_what_is_missing_is_said(queries, scored):
    with pytest.raises(NotYetComputedError, match="python -m app train"):
        queries.overview(NEWEST)
    with SqlUnitOfWork(scored) as work:
        store_model(work, work.datasets.active().dataset.id)
        work.commit()
    with pytest.raises(NotYetComputedError, match="has explained no signal of 2013-03-01 yet"):
        queries.overview(NEWEST)
    with pytest.raises(NotYetComputedError, match="has explained no signal"):
        queries.importance(NEWEST)


def test_a_day_before_the_first_explanation_names_the_newest(queries, explained):
    assert explained
    with pytest.raises(NotYetComputedError, match="its newest ones are of 2013-03-01"):
        queries.overview(AttentionRequest(as_of=date(2012, 1, 3)))


def test_before_the_first_prices_it_says_what_goes_on(engine, clock):
    with pytest.raises(NotYetComputedError, match="No worker is running"):
        AttentionQueries(engine, clock).overview(NEWEST)
