"""Drift of the serving model: from stored bars, once for each newest session, and told on the Models page."""

import json
from datetime import date

import numpy as np
import pytest

from models.domain.drift import Drift
from models.domain.errors import NotYetComputedError
from models.domain.registry import ModelAction
from models.domain.settings import Settings
from services.jobs.handlers import build_handlers
from services.ml.drift import DriftReference
from services.queries.models import ModelsQueries
from services.storage.unit_of_work import SqlUnitOfWork
from services.usecases.measure_drift import measure_drift
from tests.integration.scoring.conftest import no_progress


def measure(desk):
    return measure_drift(desk.work, desk.data_dir, desk.clock, no_progress)


def test_without_a_model_or_its_picture_there_is_nothing_to_say(desk):
    assert measure(desk) is None
    number = desk.register(1, ModelAction.REFUSE)
    assert measure(desk) is None
    with desk.work() as work:
        assert work.explanations.summaries(1, number, Drift) == []


def test_it_is_that_of_all_history_s_own_windows(desk):
    """The same windows from the whole history's features, in place of those of the newest bars alone."""
    model_id = desk.register(action=ModelAction.REFUSE)
    found = measure(desk)
    ground, model = desk.prepared.ground, desk.prepared.models[0]
    split_ends = np.unique(ground.inputs.panel.session)
    recent = ground.samples.take(ground.samples.sessions > split_ends[-64])
    assert (found.session, found.first_session) == (date(2013, 3, 1), split_ends[-61].item())
    assert found.n == 4 * 13
    kept = DriftReference.from_json(stored_reference(desk))
    other = kept.measure(recent, model)
    assert found.feature_names == other.feature_names == model.preprocessing.feature_names
    assert [one or 0.0 for one in found.indices] == pytest.approx(
        [one or 0.0 for one in other.indices], abs=1e-6
    )
    assert set(found.moved) <= set(found.feature_names)
    assert found.score_usual is not None  # the sample has quarters enough
    with desk.work() as work:
        assert work.explanations.summaries(1, model_id, Drift) == [found]


def stored_reference(desk):
    """What the files of the first model say, as the store gives them."""
    (path,) = desk.data_dir.glob(f"models/{desk.prepared.registered[0].content_hash}/drift.json")
    return json.loads(path.read_text())


def test_the_job_measures_it_once_a_session_and_the_page_says_it(desk):
    model_id = desk.register(action=ModelAction.PROMOTE)
    infer = build_handlers(Settings(data_dir=desk.data_dir), desk.clock)["infer_signals"]
    first, again = (infer(desk.work, no_progress, {}) for _ in range(2))
    assert "; against its training, " in first.message
    assert "against its training" not in again.message
    queries = ModelsQueries(desk.engine, desk.clock)
    detail, report = queries.detail(f"model:{model_id}"), queries.report()
    assert detail.drift is not None
    assert detail.drift.sentence() in first.message
    assert report.drift_session == date(2013, 3, 1)
    assert "2013-03-01" in report.version


def test_without_prices_it_says_what_to_do(engine, clock, tmp_path):
    with pytest.raises(NotYetComputedError, match="python -m app ingest"):
        measure_drift(lambda: SqlUnitOfWork(engine), tmp_path, clock, no_progress)
