import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from dash import no_update

from callbacks.model_why import WhyView, present_why
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, UnknownSymbolError
from models.domain.explanation_views import Missing
from models.domain.explanations import SignalRequest
from tests.explanation_records import (
    NO_REASON,
    explanation_of,
    stamp,
    why_of,
)
from tests.fakes_explanations import FakeExplanationDesk, FakeWhyQueries
from tests.heat_maps import decoded


def shown(why, before=None):
    return present_why(FakeWhyQueries(why), FakeExplanationDesk(), why.symbol, None, None, before)


def missing(reason, **changes):
    return why_of(explanation=None, lines=(), missing=reason, **changes)


def test_an_explanation_fills_the_section():
    view = shown(why_of())
    assert view.shown["has_data"]
    body = str(view.body)
    assert "Integrated gradients on the logit of Up; baseline: every feature at its training median" in body
    assert "sums to the output within 4e-07" in body
    assert "32 other features" in body
    assert "RSI 71 is high: pushes towards Up by 0.08" in body
    assert "Faithful" in body
    assert "0.080 to 0.320; n = 640 windows of 32 sessions" in body
    json.dumps([view.heat, view.strip])


def test_the_listed_parts_add_up_to_the_printed_total():
    found = explanation_of()
    why = why_of(found)
    listed = sum(line.attribution for line in why.lines)
    assert listed == pytest.approx(found.output - found.base_output, abs=1e-5)
    assert sum(value for _, value in why.families) == pytest.approx(listed, abs=1e-5)
    strengths = [abs(line.attribution) for line in why.lines]
    assert strengths == sorted(strengths, reverse=True)


def test_the_heat_carries_every_cell_to_a_step_of_its_scale():
    found = explanation_of()
    why = why_of(found)
    source = shown(why).heat
    values = decoded(source)
    places = [found.feature_names.index(row[0]) for row in source["rows"]]
    expected = found.day_attributions[:, places].T
    assert np.abs(values - expected).max() <= (source["high"] - source["low"]) / 65_534
    assert source["low"] == -source["high"]


def test_a_push_has_the_colour_of_its_direction_whatever_class_is_shown():
    up = shown(why_of(explanation_of(shown_class="Up"))).heat["ends"]
    down = shown(why_of(explanation_of(shown_class="Down"))).heat["ends"]
    neutral = shown(why_of(explanation_of(shown_class="Neutral"))).heat["ends"]
    assert (up, down) == (["down", "up"], ["up", "down"])
    assert not {"up", "down"} & set(neutral)


def test_the_strip_is_the_mean_over_heads_and_sums_to_one():
    found = explanation_of(n_heads=4)
    strip = shown(why_of(found)).strip
    assert sum(strip["weights"]) == pytest.approx(1.0, abs=1e-3)
    assert strip["weights"][-1] == pytest.approx(float(found.attention[:, -1].mean()), abs=1e-5)
    assert strip["days"][-1] == "2013-03-01"


def test_a_model_without_attention_has_no_strip_and_says_so():
    found = explanation_of(attention=np.empty((0, 60), np.float32))
    view = shown(why_of(found, deletion=None))
    assert view.strip is None
    assert "has no attention; the heat below" in str(view.body)
    assert view.heat is not None
    alone = explanation_of(
        attention=np.empty((0, 1), np.float32), window=(date(2013, 3, 1),), is_filled=np.zeros(1, np.bool_)
    )
    tree = shown(why_of(alone, deletion=None))
    assert "has no attention; it sees one session alone" in str(tree.body)
    assert tree.heat is None


def test_attention_that_failed_its_test_is_no_reason():
    body = str(shown(why_of(deletion=NO_REASON)).body)
    assert "Do not read this as a reason" in body
    assert "Faithful" not in body
    assert "Not tested" in str(shown(why_of(deletion=None)).body)


def test_an_explanation_by_a_replaced_model_says_so_and_offers_the_new_one():
    body = str(shown(why_of(serving=stamp(7))).body)
    assert "This explains fast (model 2), whose score the signal holds" in body
    assert "fast (model 7) has taken its place since" in body
    chosen = str(shown(why_of(serving=stamp(7), is_chosen=True)).body)
    assert "This explains fast (model 2), as chosen; fast (model 7) serves" in chosen
    assert "whose score" not in chosen
    assert "'data-filter': 'model'" in body or "data-filter='model'" in body


def test_content_that_changed_gaps_and_parts_that_do_not_add_up_are_said():
    filled = np.zeros(60, dtype=np.bool_)
    filled[[3, 9]] = True
    body = str(shown(why_of(explanation_of(is_filled=filled))).body)
    assert "2 of the window's 60 sessions have no bar of AAPL" in body
    assert "trained anew since" in str(shown(why_of(explanation_of(model_hash="f" * 64))).body)
    assert "do not rely on them" in str(shown(why_of(explanation_of(additivity_error=0.1))).body)
    assert "notice-warn" not in str(shown(why_of()).body)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Missing.NO_MODEL, "Code('python -m app train')"),
        (Missing.NONE_SERVES, "No model can score now"),
        (Missing.UNKNOWN_MODEL, "There is no such model"),
        (Missing.WAITING, "appears here by itself"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(reason, words):
    view = shown(missing(reason))
    assert words in str(view.body)
    assert not view.shown["has_data"]
    assert view.heat is view.strip is None


def test_a_young_symbol_says_how_far_it_is_and_a_failure_says_why():
    assert "196 of the 311 sessions" in str(
        shown(missing(Missing.SHORT_HISTORY, said="196 of the 311 sessions")).body
    )
    assert "The window is damaged." in str(shown(missing(Missing.FAILED, said="the window is damaged")).body)


def test_the_same_explanation_is_not_sent_twice_and_another_is():
    first = shown(why_of())
    assert shown(why_of(), first.shown) == WhyView(is_poll_off=True)
    assert shown(why_of(explanation_of(seed=1)), first.shown).body is not no_update
    assert shown(why_of(serving=stamp(7)), first.shown).body is not no_update


def test_the_day_and_the_model_of_the_address_are_asked_for():
    queries = FakeWhyQueries()
    present_why(queries, FakeExplanationDesk(), "AAPL", date(2008, 10, 10), 3, None)
    assert queries.asked == [("AAPL", date(2008, 10, 10), 3)]
    present_why(queries, FakeExplanationDesk(), "<script>", None, None, None)
    assert len(queries.asked) == 1


def test_what_is_on_the_screen_stays_while_the_database_is_gone():
    gone = FakeWhyQueries(fault=DatabaseUnavailableError("gone"))
    held = {"symbol": "AAPL", "has_data": True, "version": "1"}
    assert present_why(gone, FakeExplanationDesk(), "AAPL", None, None, held) == WhyView()
    assert "cannot be read" in str(present_why(gone, FakeExplanationDesk(), "MSFT", None, None, held).body)
    unknown = FakeWhyQueries(fault=UnknownSymbolError("No symbol"))
    assert not present_why(unknown, FakeExplanationDesk(), "ZZZ", None, None, None).shown["has_data"]


def test_what_can_be_computed_is_asked_for_and_waited_for():
    desk = FakeExplanationDesk()
    why = missing(Missing.NOT_ASKED)
    view = present_why(FakeWhyQueries(why), desk, "AAPL", None, None, None)
    assert desk.asked == [SignalRequest("AAPL", date(2013, 3, 1), 2)]
    assert "spinner" in str(view.body)
    assert "is explaining 1 Mar 2013" in str(view.body)
    for reason in set(Missing) - {Missing.NOT_ASKED}:
        present_why(FakeWhyQueries(missing(reason)), desk, "AAPL", None, None, None)
    assert len(desk.asked) == 1


def test_without_a_worker_it_is_said_and_looked_at_again():
    waiting = missing(Missing.WAITING)
    alone = shown(replace(waiting, worker_lives=False))
    assert "No worker is running, so 1 Mar 2013 is not explained yet" in str(alone.body)
    assert "Code('python -m app worker')" in str(alone.body)
    assert "spinner" not in str(alone.body)
    assert not alone.is_poll_off
    helped = shown(waiting, alone.shown)
    assert "spinner" in str(helped.body)
    assert not helped.is_poll_off
    assert shown(why_of(), helped.shown).is_poll_off
    assert shown(missing(Missing.FAILED, said="gone"), helped.shown).is_poll_off


def test_a_full_queue_is_said():
    full = FakeExplanationDesk(InvalidRequestError("20 explanations are being computed; ask again"))
    view = present_why(FakeWhyQueries(missing(Missing.NOT_ASKED)), full, "AAPL", None, None, None)
    assert "20 explanations are being computed" in str(view.body)
