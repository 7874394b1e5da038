"""Explanations are kept until data, models or explanations change; what is missing is never kept."""

import numpy as np
import pytest

from models.domain.explanation_views import AttentionRequest, Missing
from services.queries.attention import AttentionQueries
from services.queries.cached_explanations import (
    SUBJECTS,
    CachedAttentionQueries,
    CachedModelWhyQueries,
)
from services.queries.cached_feed import DataCache
from services.queries.model_why import ModelWhyQueries
from services.queries.revision import RevisionWatcher
from services.storage.cache import open_cache
from services.storage.unit_of_work import SqlUnitOfWork
from tests.explanation_records import NO_REASON
from tests.stored_explanations import NOW, store_explanations, store_model


class Counted(ModelWhyQueries):
    n_read = 0

    def why(self, *asked):
        self.n_read += 1
        return super().why(*asked)


@pytest.fixture
def results(scored, eventually):
    watcher = RevisionWatcher(scored)
    eventually(lambda: watcher.current.database)
    yield DataCache(scored, watcher, open_cache(), SUBJECTS), watcher
    watcher.stop()


def test_a_kept_answer_is_the_one_that_was_read_and_goes_with_its_revision(
    scored, clock, explained, results, eventually
):
    cache, watcher = results
    queries = Counted(scored, clock)
    cached = CachedModelWhyQueries(queries, cache)
    first, again = cached.why("AAPL"), cached.why("AAPL")
    assert queries.n_read == 1
    np.testing.assert_array_equal(again.explanation.attributions, first.explanation.attributions)
    np.testing.assert_array_equal(again.explanation.day_attributions, first.explanation.day_attributions)
    assert (again.lines, again.families, again.deletion) == (first.lines, first.families, first.deletion)
    assert again.stability.by_symbol == {"AAPL": 0.7}
    before = watcher.current.number
    with SqlUnitOfWork(scored) as work:
        dataset_id = work.datasets.active().dataset.id
        work.explanations.save_summary(dataset_id, explained, first.session, NO_REASON, NOW)
        work.touch("explanations")
        work.commit()
    eventually(lambda: watcher.current.number != before)
    assert cached.why("AAPL").deletion.verdict is NO_REASON.verdict
    assert queries.n_read == 2


def test_what_is_missing_is_asked_for_each_time(scored, clock, results):
    queries = Counted(scored, clock)
    cached = CachedModelWhyQueries(queries, results[0])
    assert cached.why("AAPL").missing is Missing.NO_MODEL
    assert cached.why("AAPL").missing is Missing.NO_MODEL
    assert queries.n_read == 2


def test_the_page_comes_back_as_it_was_read(scored, clock, results):
    with SqlUnitOfWork(scored) as work:
        model_id = store_model(work, work.datasets.active().dataset.id)
        store_explanations(work, model_id)
        work.commit()
    queries = AttentionQueries(scored, clock)
    cached = CachedAttentionQueries(queries, results[0])
    request = AttentionRequest()
    cached.overview(request)
    kept, read = cached.overview(request), queries.overview(request)
    assert [line.symbol for line in kept.lines] == [line.symbol for line in read.lines]
    np.testing.assert_array_equal(kept.lines[0].attention, read.lines[0].attention)
    cached.importance(request)
    again, report = cached.importance(request), queries.importance(request)
    for name in ("newest", "history", "permutation", "titles", "families"):
        assert getattr(again, name) == getattr(report, name)
