"""Gaps, a model replaced in between, none at all, damaged files: as the job and a request meet them."""

from datetime import date

import numpy as np
import pytest

from models.domain.errors import InsufficientHistoryError, NotYetComputedError
from models.domain.explanations import GlobalImportance
from models.domain.registry import ModelAction
from services.ml.classifiers.boosted_trees import BoostedTrees, BoostedTreesSettings
from services.ml.classifiers.interface import Quiet
from services.ml.final_model import fit_final
from services.ml.serving.artifact_store import ArtifactStore
from services.ml.serving.model_files import feature_hash, pack
from tests.integration.inference.conftest import SETTINGS
from tests.registry_records import new_model

pytestmark = pytest.mark.slow

LAST = date(2013, 3, 1)
# Sessions of the sample; the model of these tests looks at the last ten up to LAST.
GAP_OF_5 = ("2013-02-21", "2013-02-22", "2013-02-25", "2013-02-26", "2013-02-27")
GAP_OF_6 = ("2013-02-20", *GAP_OF_5)


@pytest.fixture(scope="module")
def looks_at_ten(prepared):
    """Trees that see ten sessions, registered nowhere yet: what they are, and their files."""
    small = BoostedTrees(BoostedTreesSettings(n_sessions=10, n_rounds=3, learning_rate=0.2))
    samples = prepared.ground.samples
    sessions = np.unique(samples.sessions)
    final = fit_final(samples, sessions, small, SETTINGS.splits, SETTINGS.training, 0, Quiet())
    return final, *pack(final.model, final.shown)


@pytest.fixture
def champion(desk, own_files, looks_at_ten):
    assert own_files  # its files are this test's alone
    final, files, about = looks_at_ten
    trained = new_model(
        desk.prepared.registered[0].dataset_id,
        name="lightgbm",
        content_hash=ArtifactStore(desk.data_dir).write(files, about),
        feature_hash=feature_hash(final.shown.feature_names),
    )
    with desk.work() as work:
        model_id = work.models.register(trained)
        work.commit()
    desk.decide(model_id, ModelAction.PROMOTE)
    return model_id


@pytest.fixture
def replaced(desk):
    """A model said the newest signals; then another took its place: both numbers."""
    first = desk.register(0, ModelAction.PROMOTE)
    with desk.engine.begin() as connection:  # so that it may score the newest session
        connection.exec_driver_sql("UPDATE models SET labels_through = '2013-02-01'")
    desk.infer()
    second = desk.register(1)
    desk.decide(first, ModelAction.RETIRE)
    desk.decide(second, ModelAction.PROMOTE)
    return first, second


def damage(own_files, content_hash):
    path = own_files / content_hash / "classifier.model.txt"
    path.write_bytes(path.read_bytes()[:-20])


def symbols_of(found):
    return [one.symbol for one in found]


def test_a_gap_of_five_sessions_is_filled_and_marked_by_both(explaining, champion):
    explaining.delete_bars("IBM", *GAP_OF_5)
    explaining.all()
    by_symbol = {one.symbol: one for one in explaining.stored(champion, LAST)}
    assert sorted(by_symbol) == ["AAPL", "GOOG", "IBM", "MSFT"]
    ibm, aapl = by_symbol["IBM"], by_symbol["AAPL"]
    assert ibm.window == aapl.window
    filled = [day.isoformat() for day, is_filled in zip(ibm.window, ibm.is_filled, strict=True) if is_filled]
    assert filled == list(GAP_OF_5)
    assert not aapl.is_filled.any()
    days = explaining.one("IBM").detail["days"]
    assert [day["session"] for day in days if day["is_filled"]] == list(GAP_OF_5)
    assert len(days) == 10


def test_a_longer_gap_ends_the_window_for_both_and_costs_the_others_nothing(explaining, champion):
    explaining.delete_bars("IBM", *GAP_OF_6)
    result = explaining.all()
    assert symbols_of(explaining.stored(champion, LAST)) == ["AAPL", "GOOG", "MSFT"]
    assert result.message.startswith("3 signals explained")
    with pytest.raises(InsufficientHistoryError, match="IBM has no whole window that ends at 2013-03-01"):
        explaining.one("IBM")
    before = explaining.one("IBM", session="2013-02-19", model_id=champion).detail
    assert before["session"] == "2013-02-19"


def test_a_day_inside_a_gap_is_answered_with_the_session_before_it(explaining, champion):
    explaining.delete_bars("IBM", *GAP_OF_5)
    detail = explaining.one("IBM", session="2013-02-26").detail
    assert (detail["session"], detail["model_id"]) == ("2013-02-20", champion)
    assert not any(day["is_filled"] for day in detail["days"])


def test_a_request_goes_to_the_model_that_said_the_signal_and_a_number_to_that_one(explaining, replaced):
    first, second = replaced
    assert explaining.one("AAPL").detail["model_id"] == first
    other = explaining.one("AAPL", model_id=second).detail
    assert (other["model_id"], other["session"]) == (second, "2013-03-01")
    of_first, of_second = (explaining.stored(number, LAST) for number in replaced)
    assert (symbols_of(of_first), symbols_of(of_second)) == (["AAPL"], ["AAPL"])
    assert of_first[0].model_hash != of_second[0].model_hash
    assert of_first[0].output != of_second[0].output


def test_signals_of_two_models_are_summed_up_apart(explaining, replaced):
    """Where the former model said some of the newest signals, its importance has those alone."""
    first, second = replaced
    with explaining.desk.engine.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM model_scores USING instruments "
            "WHERE id = instrument_id AND symbol IN ('IBM', 'MSFT')"
        )
    explaining.all()
    assert symbols_of(explaining.stored(first, LAST)) == ["AAPL", "GOOG"]
    assert symbols_of(explaining.stored(second, LAST)) == ["IBM", "MSFT"]
    for number, symbols in ((first, {"AAPL", "GOOG"}), (second, {"IBM", "MSFT"})):
        (importance,) = explaining.summaries(number, GlobalImportance)
        assert importance.n_signals == 2
        assert set(importance.point_symbols) == symbols


def test_an_explanation_of_the_former_model_stays_when_the_new_one_explains(explaining, replaced, desk):
    first, second = replaced
    explaining.all()
    (before, *_) = explaining.stored(first, LAST)
    with desk.engine.begin() as connection:  # the new model has scored them since
        connection.exec_driver_sql("UPDATE model_scores SET model_id = %s", (second,))
    explaining.all()
    (after, *_) = explaining.stored(first, LAST)
    assert (after.model_hash, after.output) == (before.model_hash, before.output)
    assert {one.model_hash for one in explaining.stored(second, LAST)} != {before.model_hash}


def test_a_request_without_a_number_falls_back_from_damaged_files_and_says_so(
    explaining, replaced, own_files, prepared
):
    first, second = replaced
    damage(own_files, prepared.registered[0].content_hash)
    result = explaining.one("AAPL")
    assert result.detail["model_id"] == second
    assert f"model {first}: classifier.model.txt is not the one that was written" in result.message
    assert explaining.stored(first, LAST) == []


def test_where_every_file_is_damaged_both_name_what_is_wrong(explaining, desk, own_files, prepared):
    number = desk.register(0, ModelAction.PROMOTE)
    damage(own_files, prepared.registered[0].content_hash)
    result = explaining.all()
    assert result.rows_written == 0
    assert result.message.startswith("no model can serve, so there is nothing to explain; ")
    assert f"model {number}: classifier.model.txt" in result.message
    with pytest.raises(NotYetComputedError, match=rf"No model can serve yet.*model {number}: classifier"):
        explaining.one("AAPL")
