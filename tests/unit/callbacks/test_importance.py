"""The second tab of the attention page."""

from dataclasses import replace

import numpy as np
import plotly.io
from dash import no_update

from callbacks.attention import present_attention
from tests.explanation_records import report_of
from tests.fakes_explanations import FakeAttentionQueries
from tests.heat_maps import decoded

GLOBAL = {"tab": "importance", "order": "names", "model": None, "head": None, "symbol": "", "date": ""}


def shown(loaded=None, **given):
    return present_attention(FakeAttentionQueries(**given), GLOBAL, loaded)


def test_what_the_model_relies_on_is_ranked_with_its_loss_beside_it():
    view = shown()
    report = report_of()
    found = report.newest
    top = found.feature_names[int(np.argmax(found.mean_absolute))]
    ranking = str(view.ranking)
    assert ranking.index(report.titles[top]) < ranking.index("other features together")
    assert "out of sample: 1,200 samples" in ranking
    assert report.titles[top] in str(view.summary)
    assert {view.matrix, view.symbol, view.verdict} == {no_update}
    assert decoded(view.course).shape == (12, 3)
    assert decoded(view.sectors).shape == (12, 2)
    plotly.io.json.to_json_plotly(view.swarm)
    untested = str(shown(report=report_of(permutation=None, stability=None)).ranking)
    assert "has not been computed yet" in untested


def test_a_feature_that_was_not_there_on_an_evening_is_empty_that_evening():
    report = report_of()
    older = report.history[0]
    shorter = replace(older, feature_names=older.feature_names[1:], mean_absolute=older.mean_absolute[1:])
    course = shown(report=replace(report, history=(shorter, *report.history[1:]))).course
    values = decoded(course)
    gone = [row[0] for row in course["rows"]].count(older.feature_names[0])
    assert np.isnan(values).sum() == gone
