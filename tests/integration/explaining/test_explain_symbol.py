"""Any symbol, session and model can be asked for; what cannot be is refused with the reason."""

from datetime import date

import pytest

from models.domain.errors import (
    DamagedArtifactError,
    InsufficientHistoryError,
    InvalidRequestError,
    NotYetComputedError,
    UnknownSymbolError,
)
from models.domain.explanations import Method, SignalRequest
from services.queries.what_if import WhatIfQueries


def test_the_newest_signal_by_default(explaining, champion):
    result = explaining.one("aapl")
    detail = result.detail
    assert (detail["symbol"], detail["session"], detail["model_id"]) == ("AAPL", "2013-03-01", champion)
    total = sum(feature["attribution"] for feature in detail["features"])
    assert total == pytest.approx(detail["output"] - detail["base_output"], abs=1e-3)
    assert sum(day["attribution"] for day in detail["days"]) == pytest.approx(total, abs=1e-5)
    assert detail["days"][-1] == {
        "session": "2013-03-01",
        "attention": None,
        "attribution": detail["days"][-1]["attribution"],
        "is_filled": False,
    }
    assert set(detail) >= {"shown_class", "method", "baseline", "additivity_error"}
    (stored,) = explaining.stored(champion, date(2013, 3, 1))
    assert stored.output == detail["output"]


def test_an_earlier_day_by_another_model(explaining, champion, desk):
    other = desk.register(1)
    detail = explaining.one("IBM", session="2008-10-12", model_id=other).detail
    assert (detail["session"], detail["model_id"]) == ("2008-10-10", other)  # the 12th was a Sunday
    assert explaining.stored(other, date(2008, 10, 10))[0].symbol == "IBM"


def test_what_came_later_changes_nothing(explaining, champion):
    before = explaining.one("GOOG", session="2010-06-01").detail
    with explaining.desk.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM bars WHERE session > '2010-06-01'")
        connection.exec_driver_sql("DELETE FROM events WHERE session > '2010-06-01'")
    after = explaining.one("GOOG", session="2010-06-01").detail
    assert [one["attribution"] for one in after["features"]] == pytest.approx(
        [one["attribution"] for one in before["features"]], abs=1e-4
    )


def test_sampled_shapley_values_stand_beside_the_exact_ones(explaining, champion):
    explaining.one("AAPL")
    explaining.one("AAPL", method="shapley_sampling")
    found = explaining.stored(champion, date(2013, 3, 1))
    assert [one.method for one in found] == [Method.SHAPLEY_SAMPLING, Method.TREE_SHAP]
    assert found[0].additivity_error <= 1e-6


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"symbol": "NOPE"}, UnknownSymbolError, "NOPE is not among the 6 symbols"),
        ({"symbol": "FB"}, InsufficientHistoryError, "FB has no whole window that ends at 2013-03-01"),
        ({"symbol": "AAPL", "session": "2000-06-01"}, InsufficientHistoryError, "no whole window"),
        ({"symbol": "AAPL", "model_id": 999}, InvalidRequestError, "There is no model 999"),
    ],
)
@pytest.mark.usefixtures("champion")
def test_what_cannot_be_told_is_refused(explaining, asked, error, said):
    with pytest.raises(error, match=said):
        explaining.one(**asked)


def test_a_gap_of_over_five_sessions_leaves_no_window(explaining, champion):
    explaining.delete_bars("IBM", *(f"2013-02-{day:02}" for day in range(11, 23)))
    with pytest.raises(InsufficientHistoryError, match="IBM has no whole window"):
        explaining.one("IBM")


def test_without_a_model_it_says_what_to_do(explaining):
    with pytest.raises(NotYetComputedError, match="python -m app train"):
        explaining.one("AAPL")


def test_a_named_model_whose_files_are_damaged_is_not_replaced(explaining, champion, own_files, prepared):
    path = own_files / prepared.registered[0].content_hash / "classifier.model.txt"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DamagedArtifactError, match=r"classifier\.model\.txt"):
        explaining.one("AAPL", model_id=champion)


def test_parameters_are_read_back():
    request = SignalRequest("AAPL", date(2013, 3, 1), 3, Method.TREE_SHAP)
    assert SignalRequest.of(request.parameters()) == request
    assert SignalRequest.of(SignalRequest("AAPL").parameters()) == SignalRequest("AAPL")
    for wrong in ({}, {"symbol": "A", "session": "1 March"}, {"symbol": "A", "method": "guess"}):
        with pytest.raises(InvalidRequestError, match="cannot be read"):
            SignalRequest.of(wrong)


def test_trees_answer_what_if_as_they_said_the_signal(explaining, champion):
    """In the web process, which has no LightGBM."""
    probability = explaining.one("AAPL").detail["probability"]
    desk, day = explaining.desk, date(2013, 3, 1)
    queries = WhatIfQueries(desk.engine, desk.clock, desk.data_dir)
    ground = queries.ground("AAPL", day, champion)
    assert len(ground.features) == 5
    same = queries.answer("AAPL", day, champion, {})
    assert max(same.now.probabilities) == pytest.approx(probability, abs=1e-9)
    ends = [{each.name: end} for each in ground.features for end in (each.low, each.high)]
    moved = [queries.answer("AAPL", day, champion, edited).then for edited in ends]
    assert any(one.probabilities != pytest.approx(same.now.probabilities, abs=1e-4) for one in moved)
