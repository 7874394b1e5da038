"""Labels of other years: found through a random split, lost in a shuffle, unknown to an honest training."""

from dataclasses import replace

import numpy as np
import pytest

from models.domain.errors import InsufficientHistoryError
from services.ml.audit.shifted_labels import LabelTable, memorised_skill, shifted_labels
from services.ml.samples import UNLABELLED
from tests.unit.ml.audit import factories, planting


@pytest.fixture(scope="module")
def honest():
    return factories.train(*factories.small_market(), factories.features_with())


@pytest.fixture(scope="module")
def table(honest):
    return LabelTable.of(honest.evidence.samples, np.random.default_rng(0))


@pytest.fixture(scope="module")
def random_split(honest):
    return planting.overlapping_labels_across_a_random_split(honest)


def _shuffled(seed):
    """Draw each symbol's labels anew from among its own, one by one."""

    def relabel(labels):
        other = labels.copy()
        for column in other.T:
            known = column != UNLABELLED
            column[known] = np.random.default_rng(seed).permutation(column[known])
        return other

    return relabel


def _shifted(n_sessions):
    return lambda labels: np.roll(labels, n_sessions, axis=0)


def test_a_shuffle_acquits_the_overlap_that_a_shift_convicts(random_split, table):
    shuffled = [memorised_skill(random_split.folds, table, _shuffled(seed)) for seed in range(6)]
    shifted = [memorised_skill(random_split.folds, table, _shifted(by)) for by in range(150, 450, 50)]
    assert abs(np.mean(shuffled)) < 0.03
    assert np.mean(shifted) > 0.15
    assert min(shifted) > max(shuffled)


def test_what_no_model_can_know_is_not_known_after_a_split_by_time(honest, table):
    skill = [memorised_skill(honest.evidence.folds, table, _shifted(by)) for by in range(150, 450, 50)]
    assert abs(np.mean(skill)) < 0.08


def test_a_table_gives_back_the_labels_it_was_made_of(honest, table):
    samples = honest.evidence.samples
    again = table.put_on(samples)
    assert np.array_equal(again.labels, samples.labelled().labels)
    assert np.array_equal(again.places, samples.labelled().places)


def test_a_shift_moves_every_label_by_as_many_sessions(honest, table):
    moved = LabelTable(table.sessions, table.symbols, np.roll(table.labels, 30, axis=0))
    part = moved.put_on(honest.fold.test)
    at = np.searchsorted(table.sessions, part.sessions) - 30
    assert np.array_equal(part.labels, table.labels[at, part.symbols])


def test_a_history_too_short_to_shift_is_refused(honest):
    evidence = honest.evidence
    first = np.unique(evidence.samples.sessions)[70]
    short = evidence.samples.take(evidence.samples.sessions <= first)
    with pytest.raises(InsufficientHistoryError, match="71 sessions with labels are too few"):
        shifted_labels(replace(evidence, samples=short), np.random.default_rng(0))
