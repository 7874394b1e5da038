import base64
import json
from dataclasses import replace
from datetime import date

import numpy as np
import plotly.io
import pytest
from dash import no_update

from callbacks.correlation import (
    READY,
    WAITING,
    present_matrix,
    read_request,
)
from callbacks.correlation_pair import present_pair
from components.correlation_cards import coefficient
from components.figures.correlation_matrix import matrix_source
from components.ids import Shell
from models.domain.correlation import CorrelationMethod, CorrelationRequest, MatrixOrder
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, NotYetComputedError
from tests.fakes_correlation import FakeCorrelationQueries

ASKED = {"method": "pearson", "order": "clusters", "window": 252, "sector": "", "date": ""}
GONE = FakeCorrelationQueries(fault=DatabaseUnavailableError("gone"))
TOO_MANY = FakeCorrelationQueries(fault=InvalidRequestError("9,000 symbols: choose a sector"))


def decoded(source):
    triangle = np.frombuffer(base64.b64decode(source["triangle"]), "<i2") / source["scale"]
    size = len(source["lines"])
    matrix = np.zeros((size, size))
    matrix[np.triu_indices(size)] = triangle
    return np.maximum(matrix, matrix.T) + np.minimum(matrix, matrix.T) - np.diag(np.diagonal(matrix))


def test_a_matrix_fills_the_page():
    view = present_matrix(FakeCorrelationQueries(), ASKED, None)
    assert view.page_class == READY
    assert len(view.outputs()) == 13
    words = str(view.summary)
    assert "3 symbols behave like 1.4 independent bets" in words
    assert "Pearson, 252 daily total returns" in words
    assert view.frame[Shell.STATUS]["data"]["last_session"] == "2013-03-01"
    assert view.loaded["as_of"] == "2013-03-01"


def test_the_browser_gets_every_cell_and_no_nan():
    source = present_matrix(FakeCorrelationQueries(), ASKED, None).source
    text = json.dumps(source)
    assert "NaN" not in text
    symbols = [line[0][0] for line in source["lines"]]
    matrix = decoded(source)
    assert (np.diagonal(matrix) == 1.0).all()
    first, second, third = (symbols.index(name) for name in ("AAA", "BBB", "CCC"))
    assert matrix[first, second] > 0.8
    assert matrix[first, third] < -0.5
    assert {source["sectors"][line[2]] for line in source["lines"]} == {"Energy", "Utilities"}


def test_what_is_left_out_is_named_with_its_reason():
    left_out = str(present_matrix(FakeCorrelationQueries(), ASKED, None).left_out)
    assert "1 symbol is left out" in left_out
    assert "50 of 252 returns; it takes 189" in left_out
    assert "nothing missing is filled in" in left_out
    whole = str(present_matrix(FakeCorrelationQueries(), {**ASKED, "window": 40}, None).left_out)
    assert "No symbol is left out" in whole


def test_concentration_is_warned_of_and_opens_its_pair():
    warnings = str(present_matrix(FakeCorrelationQueries(), ASKED, None).warnings)
    assert "AAA and BBB move almost as one" in warnings
    assert "'data-value': 'AAA,BBB'" in warnings or "data-value='AAA,BBB'" in warnings
    assert "One factor explains" in warnings


def test_measures_stand_beside_what_chance_would_show():
    measures = str(present_matrix(FakeCorrelationQueries(), ASKED, None).measures)
    assert "independent ones would show 3.0 in so few sessions" in measures
    assert "chance alone up to" in measures
    shrunk = str(present_matrix(FakeCorrelationQueries(), {**ASKED, "method": "ledoit-wolf"}, None).measures)
    assert "of the matrix is the identity" in shrunk


def test_the_same_matrix_is_not_sent_twice_and_another_is():
    queries = FakeCorrelationQueries()
    first = present_matrix(queries, ASKED, None)
    again = present_matrix(queries, ASKED, first.loaded)
    assert {again.source, again.summary, again.left_out} == {no_update}
    other = present_matrix(queries, {**ASKED, "method": "spearman"}, first.loaded)
    assert other.source is not no_update
    assert other.loaded["version"] != first.loaded["version"]


def test_an_earlier_session_is_said():
    queries = FakeCorrelationQueries(is_newest=False)
    past = str(present_matrix(queries, {**ASKED, "date": "2013-03-02"}, None).past)
    assert "Session of 1 Mar 2013" in past
    assert "There was no session on 2 Mar 2013" in past
    assert present_matrix(FakeCorrelationQueries(), ASKED, None).past == []


@pytest.mark.parametrize("fault", [DatabaseUnavailableError("gone"), NotYetComputedError("Computing.")])
def test_a_matrix_on_the_screen_is_never_taken_away(fault):
    view = present_matrix(FakeCorrelationQueries(fault=fault), ASKED, {"version": "1"})
    assert {view.source, view.summary, view.state, view.page_class} == {no_update}


def test_what_cannot_be_computed_is_said_with_the_sectors_as_a_way_out():
    view = present_matrix(TOO_MANY, ASKED, None)
    assert view.page_class == WAITING
    assert "choose a sector" in str(view.state)
    assert "Utilities" in str(view.sectors)
    kept = present_matrix(TOO_MANY, ASKED, {"version": "1"})
    assert "the last that could be computed" in str(kept.error)
    assert kept.source is no_update


def test_before_the_first_prices_the_running_job_is_quoted():
    view = present_matrix(FakeCorrelationQueries(fault=NotYetComputedError("x")), ASKED, None)
    assert "Scoring indicators: 2 of 5 symbols" in str(view.state)
    assert not view.is_activity_poll_off


def test_without_database_and_data_the_page_says_what_is_kept():
    view = present_matrix(GONE, ASKED, None)
    assert "Nothing is lost" in str(view.state)
    assert not view.is_activity_poll_off


def test_the_address_is_read_and_a_wrong_window_is_refused():
    asked = {
        "method": "ledoit-wolf",
        "order": "names",
        "window": 60,
        "sector": "Energy",
        "date": "2012-05-01",
    }
    assert read_request(asked) == CorrelationRequest(
        CorrelationMethod.LEDOIT_WOLF, 60, MatrixOrder.NAMES, "Energy", date(2012, 5, 1)
    )
    assert read_request({}) == CorrelationRequest()
    with pytest.raises(InvalidRequestError, match="choose 20 to 5,040"):
        read_request({"window": 3})


def test_a_pair_shows_its_history_interval_and_number():
    view = present_pair(FakeCorrelationQueries(), ["AAA", "BBB"], ASKED)
    assert view.is_hidden is False
    assert "n = 252" in str(view.head)
    assert "60 common sessions" in view.note
    plotly.io.json.to_json_plotly(view.source)
    assert len(view.source["figure"]["data"][0]["x"]) == 300 - 59


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (["AAA", "ZZZ"], "No symbol"),
        (["AAA", "<b>"], "is no ticker"),
        (["AAA", "DDD"], "share 50 returns"),
    ],
)
def test_a_pair_that_cannot_be_shown_says_why(pair, words):
    view = present_pair(FakeCorrelationQueries(), pair, ASKED)
    assert view.source is None
    assert words in str(view.head)


def test_no_pair_shows_nothing_and_a_lost_database_keeps_the_last():
    assert present_pair(FakeCorrelationQueries(), None, ASKED).is_hidden is True
    assert present_pair(FakeCorrelationQueries(), ["AAA"], ASKED).is_hidden is True
    assert present_pair(GONE, ["AAA", "BBB"], ASKED).is_hidden is no_update


def test_a_correlation_that_is_not_whole_never_looks_whole():
    assert coefficient(0.9999) == "0.99"
    assert coefficient(1.0) == "1.00"
    assert coefficient(-0.426) == "−0.43"


def test_lines_of_several_symbols_are_said():
    matrix = FakeCorrelationQueries().matrix(CorrelationRequest())
    grouped = replace(matrix.lines[0], symbols=("AAA", "BBB"))
    source = matrix_source(replace(matrix, lines=(grouped, *matrix.lines[1:])))
    assert "Each line is the mean of 2 neighbours" in source["words"]
