import json
from dataclasses import replace
from datetime import date

import numpy as np
import plotly.io
import pytest
from dash import no_update

from callbacks.attention import WAITING, present_attention
from callbacks.attention_view import READY
from components import formats
from components.figures.attention import head_names, symbol_figure
from components.figures.attention_matrix import weights_of
from components.ids import Shell
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError, UnknownSymbolError
from models.domain.registry import ModelStatus
from tests.explanation_records import NO_REASON, overview_of, stamp, window_before
from tests.fakes_explanations import FakeAttentionQueries
from tests.heat_maps import decoded

ASKED = {
    "tab": "attention",
    "order": "names",
    "model": None,
    "head": None,
    "symbol": "",
    "sector": "",
    "date": "",
}
GLOBAL = {**ASKED, "tab": "importance"}


def shown(asked=ASKED, loaded=None, **given):
    return present_attention(FakeAttentionQueries(**given), asked, loaded)


def test_the_matrix_holds_every_symbols_attention_by_day():
    overview = overview_of()
    view = shown(seen=overview)
    assert view.page_class == READY
    assert len(view.outputs()) == 20
    values = decoded(view.matrix)
    assert [row[0] for row in view.matrix["rows"]] == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    expected = np.array([weights_of(line, None) for line in overview.lines])
    assert np.abs(values - expected).max() < 1e-5
    assert values.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-4)
    assert view.matrix["totals"] == pytest.approx(expected.mean(axis=0), abs=1e-5)
    assert view.frame[Shell.STATUS]["data"]["last_session"] == "2013-03-01"


def test_a_head_is_shown_alone_and_one_too_many_is_all():
    overview = overview_of(n_heads=3)
    second = decoded(shown({**ASKED, "head": 2}, seen=overview).matrix)
    assert second[0] == pytest.approx(overview.lines[0].attention[1], abs=1e-4)
    assert decoded(shown({**ASKED, "head": 9}, seen=overview).matrix) == pytest.approx(
        decoded(shown(seen=overview).matrix)
    )


def test_the_summary_compares_the_newest_days_with_even_attention():
    even = np.full((1, 60), 1 / 60, dtype=np.float32)
    overview = overview_of()
    lines = tuple(replace(line, attention=even) for line in overview.lines)
    words = str(shown(seen=replace(overview, lines=lines, n_without=1)).summary)
    assert words.count("8.3") == 2
    assert "1 more has no whole window" in words


def test_orders_are_by_name_by_sector_and_by_unevenness():
    overview = overview_of()
    by_sector = [row[0] for row in shown({**ASKED, "order": "sectors"}, seen=overview).matrix["rows"]]
    assert by_sector == ["AAPL", "GOOG", "MSFT", "FB", "IBM"]
    peak = np.zeros((2, 60), dtype=np.float32)
    peak[:, 7] = 1.0
    lines = (*overview.lines[:3], replace(overview.lines[3], attention=peak), overview.lines[4])
    uneven = shown({**ASKED, "order": "uneven"}, seen=replace(overview, lines=lines))
    assert uneven.matrix["rows"][0][0] == "IBM"


def test_a_sector_is_shown_alone_and_the_summary_is_of_it():
    overview = overview_of(n_without=1)
    energy = shown({**ASKED, "sector": "Energy"}, seen=overview)
    assert [row[0] for row in energy.matrix["rows"]] == ["AAPL", "GOOG", "MSFT"]
    expected = np.array([weights_of(line, None) for line in overview.lines[::2]])
    assert decoded(energy.matrix) == pytest.approx(expected, abs=1e-5)
    assert energy.matrix["totals"] == pytest.approx(expected.mean(axis=0), abs=1e-5)
    assert "3 symbols of Energy, 1 Mar 2013" in str(energy.summary)
    assert f"{100 * expected[:, -5:].sum(axis=1).mean():.1f}" in str(energy.summary)
    assert [option.value for option in energy.sector] == ["", "Energy", "Utilities"]
    assert energy.sector[1].children == "Energy (3)"
    # The symbol of the address stays beside it, whatever sector the matrix shows.
    beside = shown({**ASKED, "sector": "Energy", "symbol": "IBM"}, seen=overview)
    assert "IBM" in str(beside.symbol_head)
    assert len(beside.matrix["rows"]) == 3
    unknown = shown({**ASKED, "sector": "<b>Sea"}, seen=overview)
    assert "is no sector of these symbols; all of them are shown" in str(unknown.error)
    assert len(unknown.matrix["rows"]) == 5


def test_rows_of_a_sector_that_stand_together_are_named_together():
    by_sector = shown({**ASKED, "order": "sectors"}).matrix
    assert by_sector["groups"] == [(0, 3, "Energy"), (3, 2, "Utilities")]
    assert shown().matrix["groups"] is None


def test_the_days_are_those_of_the_newest_windows():
    overview = overview_of()
    late = overview.lines[0]
    early = replace(overview.lines[1], session=late.window[-4], window=window_before(late.window[-4]))
    view = shown(seen=replace(overview, lines=(late, early)))
    assert len(view.matrix["columns"]) == 60
    values = decoded(view.matrix)
    assert np.isnan(values[1, -3:]).all()
    assert values[1, :57] == pytest.approx(weights_of(early, None)[3:], abs=1e-5)


def test_the_first_day_has_its_name_where_it_has_room():
    queries, line = FakeAttentionQueries(), overview_of().lines[0]
    ticks = {}
    for last in (date(2013, 3, 1), date(2013, 3, 26)):
        moved = replace(line, session=last, window=window_before(last))
        prices = queries.prices("AAPL", moved.window[0], last)
        ticks[last] = list(symbol_figure(moved, prices, None).layout.xaxis.ticktext)
    assert ticks == {
        date(2013, 3, 1): ["10 Dec 2012", "Jan 2013", "Feb 2013", "Mar 2013"],
        date(2013, 3, 26): ["2 Jan 2013", "Feb 2013", "Mar 2013"],
    }


def test_the_chosen_symbol_stands_beside_its_prices_on_one_axis():
    view = shown({**ASKED, "symbol": "MSFT"})
    assert "MSFT" in str(view.symbol_head)
    assert view.loaded["symbol"] == "MSFT"
    figure = json.loads(plotly.io.json.to_json_plotly(view.symbol))["figure"]
    kinds = [trace["type"] for trace in figure["data"]]
    assert kinds == ["candlestick", "bar", "bar", "heatmap", "scatter"]
    heat = figure["data"][3]
    assert heat["y"] == ["Head 1", "Head 2", "Mean"]
    assert np.array(heat["z"]).sum(axis=1) == pytest.approx([1.0, 1.0, 1.0], abs=1e-3)
    assert figure["layout"]["xaxis"]["categoryarray"] == heat["x"]
    assert len(heat["x"]) == 60
    assert len(figure["data"][0]["x"]) == 59  # the day without a bar keeps its place


def test_days_without_a_bar_are_marked():
    overview = overview_of()
    filled = np.zeros(60, dtype=np.bool_)
    filled[3] = True
    line = replace(overview.lines[0], is_filled=filled)
    figure = symbol_figure(line, FakeAttentionQueries().prices("AAPL", line.window[0], line.session), 1)
    assert list(figure.data[-1].x) == [formats.day(line.window[3])]
    assert head_names(2, 1) == ["▸ Head 1", "Head 2", "Mean"]


def test_a_symbol_without_a_window_is_named_and_the_first_is_shown():
    view = shown({**ASKED, "symbol": "<b>ZZZ"})
    assert "has no window of this model" in str(view.error)
    assert view.loaded["symbol"] == "AAPL"


def test_the_verdict_carries_its_interval_and_its_sample():
    faithful = str(shown().verdict)
    assert "Faithful" in faithful
    assert "0.080 to 0.320; n = 640 windows of 32" in faithful
    refuted = str(shown(seen=overview_of(deletion=NO_REASON)).verdict)
    assert "Do not read this as a reason" in refuted
    untested = str(shown(seen=overview_of(deletion=None)).verdict)
    assert "a picture of weights and no reason" in untested


def test_a_model_without_attention_says_so_and_draws_no_matrix():
    overview = overview_of()
    none = np.empty((0, 60), np.float32)
    lines = tuple(replace(line, attention=none) for line in overview.lines)
    view = shown(seen=replace(overview, lines=lines, deletion=None))
    assert view.matrix is None
    assert "has no attention" in str(view.summary)
    assert "No attention" in str(view.verdict)


def test_the_same_is_not_sent_twice_and_another_is():
    first = shown()
    again = shown(loaded=first.loaded)
    assert {again.matrix, again.symbol, again.summary} == {no_update}
    for changed in ({"head": 1}, {"order": "sectors"}, {"sector": "Energy"}):
        assert shown({**ASKED, **changed}, first.loaded).matrix is not no_update
    other = overview_of(model=stamp(7))
    assert shown(loaded=first.loaded, seen=other).summary is not no_update
    globally = shown(GLOBAL, first.loaded)
    assert globally.ranking is not no_update
    assert shown(GLOBAL, globally.loaded).ranking is no_update
    assert shown(loaded=globally.loaded).matrix is not no_update


def test_another_symbol_is_sent_without_the_universe():
    first = shown()
    clicked = shown({**ASKED, "symbol": "IBM"}, first.loaded)
    assert "IBM" in str(clicked.symbol_head)
    assert clicked.symbol is not no_update
    assert clicked.loaded["symbol"] == "IBM"
    held = (clicked.matrix, clicked.symbols, clicked.sector, clicked.summary, clicked.tools, clicked.verdict)
    assert set(held) == {no_update}
    assert shown({**ASKED, "symbol": "IBM"}, clicked.loaded).symbol is no_update


def test_the_model_is_a_choice_where_there_are_several():
    tools = str(shown().tools)
    assert "fast (model 1)" in tools
    assert ModelStatus.RETIRED.value in tools
    assert "fast (model 2)" not in str(shown(GLOBAL).tools)


def test_day_and_model_of_the_address_are_asked_for():
    queries = FakeAttentionQueries()
    present_attention(queries, {**ASKED, "date": "2012-05-01", "model": 3}, None)
    assert queries.asked[0].as_of.isoformat() == "2012-05-01"
    assert queries.asked[0].model_id == 3


def test_an_earlier_session_is_said():
    past = shown({**ASKED, "date": "2013-03-02"}, seen=overview_of(is_newest=False)).past
    assert "Session of 1 Mar 2013" in str(past)
    assert shown().past == []


@pytest.mark.parametrize("fault", [DatabaseUnavailableError("gone"), NotYetComputedError("None.")])
@pytest.mark.parametrize("asked", [ASKED, GLOBAL])
def test_what_is_on_the_screen_is_never_taken_away(fault, asked):
    view = shown(asked, {"tab": asked["tab"], "version": "1"}, fault=fault)
    assert {view.matrix, view.ranking, view.state, view.page_class} == {no_update}


def test_what_is_missing_is_said_with_what_to_do():
    missing = NotYetComputedError("No model has been trained yet. `python -m app train` trains the first.")
    view = shown(fault=missing)
    assert view.page_class == WAITING
    assert "Code('python -m app train')" in str(view.state)
    assert "Scoring indicators: 2 of 5 symbols" in str(view.state)
    assert not view.is_activity_poll_off
    unknown = shown(fault=UnknownSymbolError("There is no model 9 of these data: choose another"))
    assert "There is no model 9" in str(unknown.state)
    gone = shown(fault=DatabaseUnavailableError("gone"))
    assert "Nothing is lost" in str(gone.state)
