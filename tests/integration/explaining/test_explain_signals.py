"""The newest signal of every symbol is explained by the model that said it, and stored once."""

from datetime import date

import pytest

from models.domain.errors import NotYetComputedError
from models.domain.explanations import (
    DeletionTest,
    GlobalImportance,
    Method,
    PermutationImportance,
    Stability,
)
from models.domain.registry import ModelAction
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.explain_signals import explain_signals
from tests.integration.scoring.conftest import no_progress

LAST = date(2013, 3, 1)
SYMBOLS = ["AAPL", "GOOG", "IBM", "MSFT"]  # FB has too short a history


def test_every_symbol_has_its_explanation_once(explaining, champion):
    first = explaining.all()
    found = explaining.stored(champion, LAST)
    assert [one.symbol for one in found] == SYMBOLS
    for one in found:
        assert one.method is Method.TREE_SHAP
        assert one.additivity_error <= 1e-3
        assert sum(one.family_attributions.values()) == pytest.approx(one.output - one.base_output, abs=1e-6)
        assert one.sentences
    assert first.message.startswith("4 signals explained (4 new) by lightgbm")
    again = explaining.all()
    assert "(0 new)" in again.message
    assert again.rows_written == 1  # importance as of the session; the slow checks are a week's matter


def test_the_model_as_a_whole(explaining, champion, desk):
    explaining.all()
    (importance,) = explaining.summaries(champion, GlobalImportance)
    assert (importance.session, importance.n_signals) == (LAST, 4)
    (permuted,) = explaining.summaries(champion, PermutationImportance)
    assert permuted.n_samples == 252  # 63 sessions of four symbols
    assert not permuted.is_out_of_sample  # a model that was trained for today has seen all labels
    assert explaining.summaries(champion, DeletionTest) == []  # trees have no attention
    assert explaining.summaries(champion, Stability) == []
    second = desk.register(1, ModelAction.RETIRE)
    desk.decide(champion, ModelAction.RETIRE)
    desk.decide(second, ModelAction.PROMOTE)
    explaining.all()
    (compared,) = explaining.summaries(second, Stability)
    assert (compared.other_model_id, compared.n_symbols) == (champion, 4)
    assert -1.0 <= compared.universe <= 1.0


def test_without_a_model_there_is_nothing_to_explain(explaining):
    result = explaining.all()
    assert (result.rows_written, result.message) == (0, "no model can serve, so there is nothing to explain")


def test_without_prices_it_says_what_to_do(engine, clock, tmp_path):
    with pytest.raises(NotYetComputedError, match="python -m app ingest"):
        explain_signals(lambda: SqlUnitOfWork(engine), tmp_path, clock, no_progress)


@pytest.fixture
def said_by_the_first(desk, champion):
    """A model said the newest signals; then another took its place."""
    with desk.engine.begin() as connection:  # so that it may score the newest session
        connection.exec_driver_sql("UPDATE models SET labels_through = '2013-02-01'")
    desk.infer()
    second = desk.register(1)
    desk.decide(champion, ModelAction.RETIRE)
    desk.decide(second, ModelAction.PROMOTE)
    return champion, second


def test_a_signal_is_explained_by_the_model_that_said_it(explaining, said_by_the_first):
    first, second = said_by_the_first
    explaining.all()
    assert [one.symbol for one in explaining.stored(first, LAST)] == SYMBOLS
    assert explaining.stored(second, LAST) == []


@pytest.mark.usefixtures("own_files")
def test_where_its_files_are_damaged_the_serving_one_is_explained_and_this_is_said(
    explaining, said_by_the_first, own_files, prepared
):
    first, second = said_by_the_first
    path = own_files / prepared.registered[0].content_hash / "classifier.model.txt"
    path.write_bytes(path.read_bytes()[:-20])
    result = explaining.all()
    assert [one.symbol for one in explaining.stored(second, LAST)] == SYMBOLS
    assert f"model {first}: classifier.model.txt is not the one that was written" in result.message


def test_a_symbol_that_did_not_trade_is_explained_as_of_its_last_session(explaining, champion):
    explaining.delete_bars("IBM", "2013-02-28", "2013-03-01")
    explaining.delete_bars("MSFT", "2013-02-28")
    explaining.all()
    assert [one.symbol for one in explaining.stored(champion, LAST)] == ["AAPL", "GOOG", "MSFT"]
    (ibm,) = explaining.stored(champion, date(2013, 2, 27))
    assert ibm.symbol == "IBM"
