"""From a stored model to stored signals: what counts, what does not, and what is never restated."""

import numpy as np
import pandas as pd
import pytest

from models.domain.jobs import JobName, JobState
from models.domain.registry import ModelAction
from services.usecases.score_indicators import score_indicators
from tests.integration.scoring.conftest import no_progress

SCORED = ["AAPL", "GOOG", "IBM", "MSFT"]  # FB has too few sessions


def expected_scores(desk, number=0, day="2013-03-01"):
    """What the model says of a session by the training's own way: features and windows of all history."""
    samples = desk.prepared.ground.samples
    part = samples.take(samples.sessions == np.datetime64(day))
    found = desk.prepared.models[number].predict(part)
    symbols = [desk.prepared.ground.inputs.panel.symbols[code] for code in part.symbols]
    return pd.Series((1.0 + found[:, 2] - found[:, 0]) / 2.0, index=symbols).sort_index()


def test_without_a_model_nothing_changes_and_a_first_training_is_asked_for_once(desk):
    before = desk.newest()
    result = desk.infer()
    assert (result.rows_written, result.follow_up) == (0, (JobName.TRAIN_MODELS,))
    assert result.message == "no model yet: the feed is technical-only"
    pd.testing.assert_frame_equal(desk.newest(), before)
    with desk.work() as work:
        work.jobs.enqueue(JobName.TRAIN_MODELS, desk.clock.now())
        work.commit()
    assert desk.infer().follow_up == ()


def test_a_training_that_failed_is_not_asked_for_again(desk):
    with desk.work() as work:
        work.jobs.enqueue(JobName.TRAIN_MODELS, desk.clock.now())
        run, token = work.jobs.claim("one", desk.clock.now())
        work.jobs.finish(run.id, token, JobState.FAILED, message="too little history")
        work.commit()
    assert desk.infer().follow_up == ()


def test_an_unproven_model_is_shown_and_counts_for_nothing(desk):
    before = desk.newest()
    model_id = desk.register(action=ModelAction.REFUSE)
    result = desk.infer()
    assert (result.detail["symbols"], result.detail["is_proven"], result.rows_written) == (4, False, 8)
    found = desk.newest()
    assert found["symbol"].tolist() == SCORED
    np.testing.assert_allclose(found["model"], expected_scores(desk), atol=1e-6)
    assert found["model_id"].tolist() == [model_id] * 4
    for column in ("confluence", "label", "rank", "quantile_label", "confidence", "technical", "known_at"):
        if column != "known_at":
            pd.testing.assert_series_equal(found[column], before[column])
    row = next(row for row in desk.queries.feed().rows if row.symbol == "IBM")
    assert row.model is not None
    assert row.made_of == (("technical", 1.0),)
    scores = desk.read("SELECT * FROM model_scores")
    assert scores["is_proven"].tolist() == [False] * 4
    np.testing.assert_allclose([sum(one) for one in scores["probabilities"]], 1.0)


def test_a_champion_weighs_three_sevenths_and_the_ranks_follow(desk):
    before = desk.newest()
    desk.register(action=ModelAction.PROMOTE)
    desk.infer()
    found = desk.newest()
    np.testing.assert_allclose(found["confluence"], (4.0 * before["technical"] + 3.0 * found["model"]) / 7.0)
    assert found["rank"].tolist() == ((found["confluence"].rank() - 0.5) / 4.0).tolist()
    row = next(row for row in desk.queries.feed().rows if row.symbol == "IBM")
    assert dict(row.made_of) == pytest.approx({"technical": 4 / 7, "model": 3 / 7})
    versions = desk.read("SELECT * FROM signal_versions")
    assert versions["confluence"].sort_values().tolist() == sorted(before["confluence"])
    assert desk.infer().rows_written == 0
    assert desk.count("signal_versions") == 4


def test_scoring_everything_again_keeps_what_models_said(desk):
    desk.register(action=ModelAction.PROMOTE)
    desk.infer()
    before = desk.newest()
    again = score_indicators(desk.work, desk.clock, no_progress, everything=True)
    assert again.rows_written == 0
    pd.testing.assert_frame_equal(desk.newest(), before)


def test_a_promotion_restates_nothing(desk):
    model_id = desk.register(action=ModelAction.REFUSE)
    desk.infer()
    before = desk.newest()
    desk.decide(model_id, ModelAction.FORCE)
    better = desk.register(number=1)
    desk.decide(model_id, ModelAction.RETIRE)
    desk.decide(better, ModelAction.PROMOTE)
    result = desk.infer()
    assert result.rows_written == 0
    assert "all has its score" in result.message
    score_indicators(desk.work, desk.clock, no_progress, everything=True)
    pd.testing.assert_frame_equal(desk.newest(), before)


def test_a_session_that_the_training_has_seen_is_never_scored(desk):
    desk.register(action=ModelAction.PROMOTE, labels_through=pd.Timestamp("2013-03-01").date())
    result = desk.infer()
    assert result.rows_written == 0
    assert "its labels reach to 2013-03-01" in result.message
    assert desk.newest()["model"].isna().all()


def test_missed_evenings_are_made_up_for_and_earlier_ones_are_left_alone(desk):
    desk.register(action=ModelAction.PROMOTE)
    desk.infer()
    # As if the last three evenings but the first had been missed.
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE model_scores SET session = '2013-02-27'")
    result = desk.infer()
    assert result.detail["symbols"] == 8
    sessions = desk.read("SELECT session, count(*) AS n FROM model_scores GROUP BY session ORDER BY session")
    assert list(zip(sessions["session"].astype(str), sessions["n"], strict=True)) == [
        ("2013-02-27", 4),
        ("2013-02-28", 4),
        ("2013-03-01", 4),
    ]
    np.testing.assert_allclose(
        desk.newest("2013-02-28")["model"], expected_scores(desk, day="2013-02-28"), atol=1e-6
    )
    assert desk.newest("2013-02-26")["model"].isna().all()
