"""What pages show of a real network's real explanations, as the job stores them, and what it answers."""

from datetime import date

import numpy as np
import pytest

from app.clock import SystemClock
from models.domain.errors import InvalidRequestError, NotYetComputedError
from models.domain.explanation_views import AttentionRequest, Missing
from models.domain.explanations import SignalRequest
from services.queries.attention import AttentionQueries
from services.queries.model_why import ModelWhyQueries
from services.queries.what_if import WhatIfQueries
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.explain_signals import explain_signals
from services.usecases.explain_symbol import explain_symbol
from services.usecases.infer_signals import infer_signals
from tests.databases import new_database
from tests.integration.attention.small_network import register_small_network
from tests.integration.scoring.conftest import no_progress

pytestmark = pytest.mark.slow
SESSION, PAST = date(2013, 3, 1), date(2012, 6, 1)


@pytest.fixture(scope="module")
def explained(server_url, scored_template, tmp_path_factory):
    """The scored sample, a network trained on it, its scores and its explanations: engine, folder, number."""
    data_dir, clock = tmp_path_factory.mktemp("models"), SystemClock()
    with new_database(server_url, scored_template) as url:
        engine = open_engine(url)

        def open_work():
            return SqlUnitOfWork(engine)

        model_id = register_small_network(open_work, data_dir, clock)
        infer_signals(open_work, data_dir, clock, no_progress)
        explain_signals(open_work, data_dir, clock, no_progress)
        request = SignalRequest("AAPL", PAST, model_id)
        explain_symbol(open_work, data_dir, clock, no_progress, request)
        yield engine, data_dir, model_id
        engine.dispose()


def test_the_panel_adds_up(explained, clock):
    engine, _, model_id = explained
    queries = ModelWhyQueries(engine, clock)
    for symbol in ("AAPL", "GOOG", "IBM", "MSFT"):
        why = queries.why(symbol)
        assert (why.missing, why.session, why.model.id) == (None, SESSION, model_id)
        found = why.explanation
        total = found.output - found.base_output
        assert sum(line.attribution for line in why.lines) == pytest.approx(total, abs=1e-3)
        assert sum(value for _, value in why.families) == pytest.approx(total, abs=1e-5)
        assert found.attention.sum(axis=1) == pytest.approx(np.ones(2), abs=1e-5)
        assert found.sentences
        assert all(line.words for line in why.lines)
    assert queries.why("FB").missing is Missing.SHORT_HISTORY


def test_an_earlier_session_that_was_asked_for_is_there_and_another_is_not(explained, clock):
    engine, _, model_id = explained
    queries = ModelWhyQueries(engine, clock)
    past = queries.why("AAPL", PAST, model_id)
    assert (past.session, past.missing) == (PAST, None)
    assert past.explanation.window[-1] == PAST
    assert queries.why("MSFT", PAST, model_id).missing is Missing.NOT_ASKED


def test_the_page_shows_the_universe_and_the_verdict(explained, clock):
    engine, _, model_id = explained
    queries = AttentionQueries(engine, clock)
    overview = queries.overview(AttentionRequest())
    assert [line.symbol for line in overview.lines] == ["AAPL", "GOOG", "IBM", "MSFT"]
    assert (overview.model.id, overview.n_heads, overview.n_without) == (model_id, 2, 1)
    assert overview.deletion.n_windows > 0
    line = overview.lines[0]
    assert queries.prices("AAPL", line.window[0], line.session).session.tolist() == list(line.window)
    report = queries.importance(AttentionRequest())
    assert report.newest.n_signals == 4
    assert sum(report.newest.mean_absolute) > 0.0
    assert set(report.newest.feature_names) <= report.titles.keys()


def test_a_question_without_a_change_is_what_the_model_said_and_a_change_moves_it(explained, clock):
    engine, data_dir, model_id = explained
    asked = WhatIfQueries(engine, clock, data_dir)
    why = ModelWhyQueries(engine, clock).why("AAPL")
    ground = asked.ground("AAPL", SESSION, model_id)
    assert len(ground.features) == 5
    assert ground.features[0].name in {line.name for line in why.lines[:6]}
    now = {each.name: each.value for each in ground.features if each.low <= each.value <= each.high}
    same = asked.answer("AAPL", SESSION, model_id, now)
    assert same.changed == ()
    assert same.now.probabilities == pytest.approx(why.explanation.probabilities, abs=1e-5)
    assert same.then == same.now
    first = ground.features[0]
    far = first.low if first.value > (first.low + first.high) / 2 else first.high
    moved = asked.answer("AAPL", SESSION, model_id, {first.name: far})
    assert [title for title, _ in moved.changed] == [first.title]
    assert moved.then.probabilities != pytest.approx(moved.now.probabilities, abs=1e-6)
    assert moved.counts
    assert moved.then.label is not None


def test_a_question_beyond_training_or_of_no_signal_is_refused(explained, clock):
    engine, data_dir, model_id = explained
    asked = WhatIfQueries(engine, clock, data_dir)
    first = asked.ground("AAPL", SESSION, model_id).features[0]
    beyond = first.high + 0.1 * (first.high - first.low)
    with pytest.raises(InvalidRequestError, match="lies outside what training has seen"):
        asked.answer("AAPL", SESSION, model_id, {first.name: beyond})
    with pytest.raises(InvalidRequestError, match="no_such"):
        asked.answer("AAPL", SESSION, model_id, {"no_such": 1.0})
    with pytest.raises(NotYetComputedError, match="is not explained"):
        asked.answer("FB", SESSION, model_id, {})
    with pytest.raises(InvalidRequestError, match="no model 99"):
        asked.ground("AAPL", SESSION, 99)
