"""What is stored of explanations comes back as it was, and one computed again replaces it."""

from dataclasses import fields
from datetime import date, timedelta

import numpy as np
import pytest

from models.domain.explanations import (
    AttentionVerdict,
    DeletionTest,
    Explanation,
    GlobalImportance,
    Method,
    PermutationImportance,
    Stability,
)
from models.domain.market import Dataset, Instrument, PriceBasis
from services.storage.unit_of_work import SqlUnitOfWork
from tests.integration.explanations.factories import explanation

DAY = date(2024, 3, 1)
SUMMARIES = (
    GlobalImportance(
        DAY,
        Method.INTEGRATED_GRADIENTS,
        2,
        ("rsi_14", "return_5"),
        (0.5, 0.25),
        {"momentum": 0.75},
        {"Technology": (0.5, 0.1), "": (0.2, 0.3)},
        {"Technology": 1, "": 1},
        (0, 1),
        ("AAPL", "AAPL"),
        (0.4, None),
        (0.5, -0.25),
    ),
    PermutationImportance(DAY - timedelta(30), DAY, 900, 5, True, 1.05, ("rsi_14",), (0.002,), (0.001,)),
    DeletionTest(
        DAY - timedelta(900), DAY, 60, 12, 6, 10, 0.4, 0.1, 0.3, 0.2, 0.2, None, None, 0.95,
        AttentionVerdict.NOT_A_REASON, "too few sessions",
    ),
    Stability(DAY, 3, "b" * 64, 2, 40, 0.8, None, {"AAPL": 0.7}),
)  # fmt: skip


@pytest.fixture
def stored(engine, clock):
    """A unit of work over two instruments: work, dataset and their numbers."""
    with SqlUnitOfWork(engine) as work:
        dataset_id = work.datasets.save(Dataset("fake", "f" * 8, "Fake", PriceBasis.RAW), clock.now())
        ids = work.datasets.save_instruments(
            dataset_id, [Instrument("AAPL", "Apple"), Instrument("MSFT", "Microsoft")]
        )
        yield work, dataset_id, ids


def assert_equal(found, expected):
    for one in fields(Explanation):
        left, right = getattr(found, one.name), getattr(expected, one.name)
        if isinstance(right, np.ndarray):
            assert left.dtype == right.dtype, one.name
            np.testing.assert_array_equal(left, right, err_msg=one.name)
        else:
            assert left == right, one.name


def test_an_explanation_comes_back_as_it_was(stored, clock):
    work, dataset_id, ids = stored
    kept = explanation()
    without_days = explanation(
        "MSFT", method=Method.SHAPLEY_SAMPLING, day_attributions=np.empty((0, 3), np.float32),
        attention=np.empty((0, 4), np.float32), sentences=(),
    )  # fmt: skip
    assert work.explanations.save(ids, [kept, without_days], clock.now()) == 2
    assert_equal(work.explanations.find(dataset_id, "AAPL", DAY, 1), kept)
    assert_equal(work.explanations.find(dataset_id, "MSFT", DAY, 1), without_days)
    assert work.explanations.find(dataset_id, "MSFT", DAY, 1, Method.TREE_SHAP) is None
    assert work.explanations.find(dataset_id, "AAPL", DAY, 2) is None
    assert work.explanations.find(dataset_id + 1, "AAPL", DAY, 1) is None


def test_computed_again_it_replaces_what_was(stored, clock):
    work, dataset_id, ids = stored
    work.explanations.save(ids, [explanation(), explanation(model_id=2)], clock.now())
    again = explanation(seed=1, shown_class="Down", model_hash="c" * 64)
    work.explanations.save(ids, [again], clock.now())
    assert_equal(work.explanations.find(dataset_id, "AAPL", DAY, 1), again)
    assert_equal(work.explanations.find(dataset_id, "AAPL", DAY, 2), explanation(model_id=2))


def test_a_session_has_all_its_signals_and_old_ones_go(stored, clock):
    work, dataset_id, ids = stored
    others = [explanation("MSFT", seed=2), explanation("AAPL", method=Method.SHAPLEY_SAMPLING)]
    work.explanations.save(ids, [explanation(), *others], clock.now())
    found = work.explanations.of_session(dataset_id, 1, DAY)
    assert [(one.symbol, one.method.value) for one in found] == [
        ("AAPL", "integrated_gradients"),
        ("AAPL", "shapley_sampling"),
        ("MSFT", "integrated_gradients"),
    ]
    assert len(work.explanations.of_session(dataset_id, 1, DAY, Method.SHAPLEY_SAMPLING)) == 1
    assert work.explanations.prune(clock.now()) == 0
    assert work.explanations.prune(clock.now() + timedelta(seconds=1)) == 3


@pytest.mark.parametrize("summary", SUMMARIES, ids=lambda one: type(one).__name__)
def test_a_summary_comes_back_as_it_was(stored, clock, summary):
    work, dataset_id, _ = stored
    work.explanations.save_summary(dataset_id, 1, DAY, summary, clock.now())
    work.explanations.save_summary(dataset_id, 1, DAY, summary, clock.now())
    assert work.explanations.summaries(dataset_id, 1, type(summary), limit=5) == [summary]
    assert work.explanations.summaries(dataset_id, 2, type(summary)) == []
    assert work.explanations.summarised(dataset_id, 1, type(summary)) == DAY
    assert work.explanations.summarised(dataset_id, 2, type(summary)) is None
