import json
from dataclasses import replace
from datetime import date

import plotly.io
import pytest
from dash import no_update

from callbacks.model_details import present_detail, read_key
from callbacks.models import READY, WAITING, present_models
from components.ids import Models
from models.domain.drift import Drift
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError
from models.domain.feed import Activity
from models.domain.jobs import JobName, JobRun, JobState
from models.domain.trials import Overfitting, TrialKind
from tests.component_text import text_of
from tests.fakes_models import (
    CHALLENGER,
    CHAMPION,
    FakeModelsQueries,
    model_detail,
    models_report,
    only_baselines,
    trial,
)
from tests.feed_panels import NOW

GONE = FakeModelsQueries(fault=DatabaseUnavailableError("gone"))


def test_the_page_opens_with_the_truth_and_both_cards():
    view = present_models(FakeModelsQueries(), None)
    assert "Champion Fast has an IC of 0.040 (0.020 to 0.060) on 2,536 sessions out of sample" in str(
        view.summary
    )
    assert view.page_class == READY
    assert view.is_activity_poll_off
    cards = str(view.cards)
    assert "BiLSTM with attention" in cards
    assert "✕ 1 of 2 not met" in cards
    assert "−0.030 (−0.060 to 0.000)" in cards
    assert "2 configurations tried" in view.trials_note
    assert view.frame["as-of"]


def test_the_same_report_is_not_sent_twice_and_a_change_is():
    loaded = present_models(FakeModelsQueries(), None).loaded
    assert present_models(FakeModelsQueries(), loaded).summary is no_update
    for changes in (
        {"serving": 2},
        {"decisions": ()},
        {"trials": (trial(7, "fast", last_run_at=NOW.replace(year=2027)),)},
    ):
        assert present_models(FakeModelsQueries(models_report(**changes)), loaded).summary is not no_update


def test_without_models_the_registry_takes_no_room():
    view = present_models(FakeModelsQueries(only_baselines()), None)
    assert view.page_class == f"{READY} has-no-models"
    assert view.registry == []
    assert "no model has been trained" in view.registry_note
    assert "python -m app train" in str(view.cards)


@pytest.mark.parametrize("fault", [DatabaseUnavailableError("gone"), NotYetComputedError("Being computed.")])
def test_data_on_the_screen_are_never_taken_away(fault):
    view = present_models(FakeModelsQueries(fault=fault), {"version": "1"})
    assert {view.summary, view.cards, view.trials, view.registry, view.state, view.page_class} == {no_update}


def test_without_database_and_data_the_page_says_what_is_kept():
    view = present_models(GONE, None)
    assert "Nothing is lost" in str(view.state)
    assert not view.is_activity_poll_off


def test_before_anything_was_judged_it_says_what_to_do():
    missing = NotYetComputedError("Prices are stored; now with `python -m app train`.")
    view = present_models(FakeModelsQueries(fault=missing), None)
    assert view.page_class == WAITING
    assert "No model has been judged yet" in str(view.state)
    assert "python -m app train" in str(view.state)


def test_while_a_training_runs_its_progress_stands_there():
    run = JobRun(1, JobName.TRAIN_MODELS, NOW, 1, JobState.RUNNING, progress_done=3, progress_total=11)
    doing = Activity("Training models: fold 3 of 11", (run,), (), worker_alive=True)
    missing = NotYetComputedError("now with `python -m app train`")
    state = str(present_models(FakeModelsQueries(fault=missing, doing=doing), None).state)
    assert "The first judgements of models are being computed" in state
    assert "fold 3 of 11" in state


def test_details_are_of_the_line_that_the_address_names():
    queries = FakeModelsQueries()
    view = present_detail(queries, "trial:6", {"version": "1"}, None)
    assert queries.asked == ["trial:6"]
    assert view.shown == {"asked": "trial:6", "version": "1", "key": "trial:6"}
    assert "LightGBM" in str(view.head)
    assert view.note is None
    assert present_detail(queries, "trial:6", {"version": "1"}, view.shown) is None
    assert present_detail(queries, "trial:6", {"version": "2"}, view.shown) is not None


def test_what_there_is_none_of_is_said_and_the_leading_line_shown():
    view = present_detail(FakeModelsQueries(), "model:99", {"version": "1"}, None)
    assert "There is no model:99 on these data" in str(view.note)
    assert view.shown["key"] == "model:1"
    assert present_detail(FakeModelsQueries(), "model:99", {"version": "1"}, view.shown) is None


@pytest.mark.parametrize("hostile", ["", None, 7, {"a": 1}, ["x"]])
def test_only_text_names_a_line(hostile):
    assert read_key(hostile) is None
    assert len(read_key("m" * 10_000)) == 16


def test_a_fault_leaves_the_details_as_they_are():
    assert present_detail(GONE, None, {"version": "1"}, None) is None


def test_figures_are_plain_json_and_curves_are_left_out_where_there_are_none():
    queries = FakeModelsQueries()
    charts = present_detail(queries, None, {"version": "1"}, None).charts
    assert set(charts) == {Models.CALIBRATION, Models.RUNNING_IC, Models.CURVES}
    json.loads(plotly.io.json.to_json_plotly(charts))
    queries.detail = lambda key: replace(model_detail(), curves=(), fold_curves=())
    view = present_detail(queries, None, {"version": "1"}, None)
    assert Models.CURVES not in view.charts
    assert "registered without its learning curves" in str(view.curves_note)


def test_an_own_audit_comes_before_that_of_the_data():
    queries = FakeModelsQueries()
    assert "Its own training" in str(present_detail(queries, None, {"version": "1"}, None).audit)
    queries.detail = lambda key: replace(model_detail(), audit=None)
    assert "Newest of these data" in str(present_detail(queries, None, {"version": "1"}, None).audit)


def test_the_ledger_says_how_much_is_luck_and_how_much_is_search():
    view = present_models(FakeModelsQueries(), None)
    assert (view.trials[0]["probabilistic"], view.trials[0]["deflated"]) == (0.7, 0.4)
    assert view.trials_note.endswith("Probability of backtest overfitting: too few variants (2 with a book)")
    found = Overfitting(0.62, 12, 2540, n_splits=12_870)
    note = present_models(FakeModelsQueries(models_report(overfitting=found)), None).trials_note
    assert "62\u202f%, from 12,870 splits of 2,540 sessions over 12 variants" in note


def test_benchmarks_are_counted_apart_and_have_nothing_more_to_examine():
    tried = trial(9, "fast", kind=TrialKind.VALIDATION, benchmark="ACL18")
    report = models_report(trials=(tried, trial(8, "fast")), n_benchmark_configurations=1)
    view = present_models(FakeModelsQueries(report), None)
    assert [(row["kind"], row["is_fixed"]) for row in view.trials] == [
        ("ACL18 validation", True),
        ("walk-forward", False),
    ]
    assert view.trials_note.startswith("1 configuration tried on these data, each counted once whatever came")
    assert "1 configuration on published benchmarks, with data of their own." in view.trials_note


def test_drift_is_told_in_words_and_its_absence_too():
    queries = FakeModelsQueries()
    day = date(2013, 3, 1)
    drift = Drift(day, day, 52, ("rsi_14", "market_vol"), (0.1, 0.9), (0.2, 1.4), 0.3, None, 0.1, 0.25)

    def shown(drift, line=CHAMPION):
        queries.detail = lambda key: replace(model_detail(line), drift=drift)
        return text_of(present_detail(queries, None, {"version": "1"}, None).drift)

    told = shown(drift)
    assert "None of 2 features has moved, but what the model says has." in told
    assert told.index("market_vol") < told.index("rsi_14")  # the furthest first
    moved = replace(drift, indices=(0.3, 0.9))
    assert shown(moved).index("rsi_14") < shown(moved).index(
        "market_vol"
    )  # what moved before what always does
    assert "1 feature is above that too, as in many a quarter of the training" in told
    assert "Not measured yet" in shown(None)
    assert "Only the model that serves" in shown(None, CHALLENGER)


def test_the_epoch_that_was_kept_is_named():
    queries = FakeModelsQueries()
    assert "3 epochs, the weights of epoch 2 were kept; thin: 2 folds" in str(
        present_detail(queries, None, {"version": "1"}, None).curves_note
    )
    queries.detail = lambda key: replace(model_detail(), curves=(), best_epoch=None)
    note = present_detail(queries, None, {"version": "1"}, None).curves_note
    assert "Validation loss of 2 folds before their tests; nothing was trained on all sessions." in str(note)


def test_values_of_grids_are_scalars():
    view = present_models(FakeModelsQueries(), None)
    for row in (*view.trials, *view.registry):
        assert all(value is None or isinstance(value, str | int | float) for value in row.values())
    assert [row["key"] for row in view.registry] == ["model:2", "model:1"]
