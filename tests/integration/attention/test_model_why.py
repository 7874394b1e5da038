"""Why a model gave its score, from a real database: whose score, what is missing, what was replaced."""

from datetime import date

import numpy as np
import pytest

from models.domain.errors import NotYetComputedError, UnknownSymbolError
from models.domain.explanation_views import Missing
from models.domain.explanations import SignalRequest
from models.domain.jobs import JobState
from models.domain.registry import ModelAction, ModelDecision
from models.domain.users import Role
from services.commands.access import Actor, act_as
from services.commands.explanations import ExplanationCommands
from services.queries.model_why import ModelWhyQueries
from services.storage.unit_of_work import SqlUnitOfWork
from tests.stored_explanations import NOW, store_explanations, store_model


@pytest.fixture
def queries(scored, clock):
    return ModelWhyQueries(scored, clock)


def test_a_stored_explanation_comes_with_all_that_stands_beside_it(queries, explained):
    why = queries.why("AAPL")
    assert (why.session, why.missing, why.model.id) == (date(2013, 3, 1), None, explained)
    assert not why.is_replaced
    total = why.explanation.output - why.explanation.base_output
    assert sum(line.attribution for line in why.lines) == pytest.approx(total, abs=1e-5)
    assert why.lines[0].words.strip()
    assert why.evidence.bin == bin_of(why.explanation.probabilities.max())
    assert why.evidence.low < why.evidence.accuracy < why.evidence.high
    assert why.evidence.shown == why.explanation.shown_class
    assert why.evidence.shortage is None
    assert why.deletion.n_windows == 640
    assert why.stability.by_symbol == {"AAPL": 0.7}


def bin_of(confidence):
    edges = (0.0, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 1.0)
    place = int(np.searchsorted(edges, confidence, side="right")) - 1
    return f"{edges[place]:.2f} to {edges[place + 1]:.2f}"


def test_without_models_and_without_enough_history_it_says_so(queries, scored):
    assert queries.why("AAPL").missing is Missing.NO_MODEL
    with SqlUnitOfWork(scored) as work:
        store_model(work, work.datasets.active().dataset.id)
        work.commit()
    young = queries.why("FB")
    assert young.missing is Missing.SHORT_HISTORY
    assert young.said.startswith("196 of the ")
    assert queries.why("AAPL").missing is Missing.NOT_ASKED
    assert queries.why("AAPL", model_id=99).missing is Missing.UNKNOWN_MODEL


def test_where_every_model_was_rolled_back_none_serves(queries, scored):
    with SqlUnitOfWork(scored) as work:
        model_id = store_model(work, work.datasets.active().dataset.id)
        work.models.decide(ModelDecision(model_id, ModelAction.ROLLBACK, "anna", NOW))
        work.commit()
    assert queries.why("AAPL").missing is Missing.NONE_SERVES


def test_after_a_promotion_the_older_explanation_is_shown_as_such(queries, scored, explained):
    with SqlUnitOfWork(scored) as work:
        newer = store_model(work, work.datasets.active().dataset.id, "b")
        work.commit()
    why = queries.why("AAPL")
    assert why.explanation.model_id == why.model.id == explained
    assert why.serving.id == newer
    assert why.is_replaced
    asked = queries.why("AAPL", model_id=newer)
    assert (asked.missing, asked.model.id) == (Missing.NOT_ASKED, newer)
    with SqlUnitOfWork(scored) as work:
        store_explanations(work, newer, content="b")
        work.commit()
    assert queries.why("AAPL").explanation.model_id == newer


def test_an_earlier_session_is_not_answered_with_the_newest(queries, explained):
    assert explained
    why = queries.why("AAPL", as_of=date(2012, 6, 3))
    assert (why.session, why.missing) == (date(2012, 6, 1), Missing.NOT_ASKED)
    assert why.explanation is None


def test_a_request_is_waited_for_and_its_failure_is_told(queries, scored, clock):
    with SqlUnitOfWork(scored) as work:
        model_id = store_model(work, work.datasets.active().dataset.id)
        work.commit()
    act_as(Actor("vera", Role.VIEWER))
    run_id = ExplanationCommands(scored, clock).request(SignalRequest("AAPL", date(2013, 3, 1), model_id))
    act_as(None)
    assert queries.why("AAPL").missing is Missing.WAITING
    assert queries.why("MSFT").missing is Missing.NOT_ASKED
    with SqlUnitOfWork(scored) as work:
        run, token = work.jobs.claim("test", clock.now(), run_id)
        work.jobs.finish(run.id, token, JobState.FAILED, message="no whole window", finished_at=clock.now())
        work.commit()
    why = queries.why("AAPL")
    assert (why.missing, why.said) == (Missing.FAILED, "no whole window")


def test_what_there_is_none_of_is_refused(queries, engine, clock):
    with pytest.raises(UnknownSymbolError, match="ZZZ"):
        queries.why("ZZZ")


def test_before_the_first_prices_it_says_what_goes_on(engine, clock):
    with pytest.raises(NotYetComputedError, match="No worker is running"):
        ModelWhyQueries(engine, clock).why("AAPL")
