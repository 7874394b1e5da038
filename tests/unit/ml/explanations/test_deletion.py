"""The deletion test believes attention that the output hangs on, and no other."""

import numpy as np
import pytest

from models.domain.explanations import AttentionVerdict
from services.ml.explanations.deletion import deletion_test

N_DAYS, N_FEATURES = 20, 3


class Watcher:
    """A model whose output is made of some days and whose attention says some days, the same or others."""

    n_days = N_DAYS

    def __init__(self, weights, said):
        self.weights, self.said = np.asarray(weights), np.asarray(said)

    def outputs(self, windows):
        seen = (windows.sum(axis=2) * self.weights).sum(axis=1).astype(np.float64)
        return np.column_stack((-seen, seen))

    def attention(self, windows):
        return np.tile((self.said / self.said.sum()).astype(np.float32), (len(windows), 2, 1))


def given(n_sessions=8, n_symbols=15, seed=0):
    rng = np.random.default_rng(seed)
    windows = rng.normal(size=(n_sessions * n_symbols, N_DAYS, N_FEATURES)).astype(np.float32)
    sessions = np.repeat(np.datetime64("2020-01-01") + 90 * np.arange(n_sessions), n_symbols)
    return windows, np.ones(len(windows), dtype=np.int64), sessions


def weights_of(*days):
    found = np.full(N_DAYS, 0.01)
    found[list(days)] = 1.0
    return found


def test_attention_on_the_days_that_count_is_faithful():
    weights = weights_of(3, 11)
    found = deletion_test(Watcher(weights, weights), *given(), np.random.default_rng(1))
    assert found.verdict is AttentionVerdict.FAITHFUL
    assert (found.n_windows, found.n_sessions, found.n_days_dropped) == (120, 8, 2)
    assert 0.0 < found.low < found.difference < found.high
    # By hand: without both days the sum of six standard normal values is gone, but for nothing.
    assert found.most == pytest.approx(np.sqrt(6.0) * np.sqrt(2.0 / np.pi), rel=0.15)
    assert found.least < found.random < found.most
    assert "more than" in found.reason


def test_attention_on_other_days_is_no_reason():
    found = deletion_test(Watcher(weights_of(3, 11), weights_of(5, 6)), *given(), np.random.default_rng(1))
    assert found.verdict is AttentionVerdict.NOT_A_REASON
    assert found.difference < 0.0
    assert "no more than" in found.reason


def test_what_looks_at_all_days_alike_is_rarely_called_faithful():
    verdicts = []
    for seed in range(40):
        model = Watcher(np.ones(N_DAYS), 1.0 + 0.1 * np.random.default_rng(seed).random(N_DAYS))
        found = deletion_test(model, *given(seed=seed), np.random.default_rng(seed))
        verdicts.append(found.verdict is AttentionVerdict.FAITHFUL)
    assert sum(verdicts) <= 4  # one-sided 2.5 %


def test_few_sessions_cannot_tell():
    weights = weights_of(3, 11)
    found = deletion_test(Watcher(weights, weights), *given(n_sessions=4), np.random.default_rng(1))
    assert (found.verdict, found.low, found.high) == (AttentionVerdict.NOT_A_REASON, None, None)
    assert "only 4 sessions" in found.reason


def test_a_model_without_attention_has_no_test():
    model = Watcher(weights_of(1), weights_of(1))
    model.attention = lambda windows: np.empty((len(windows), 0, N_DAYS), dtype=np.float32)
    assert deletion_test(model, *given(), np.random.default_rng(0)) is None
    windows, classes, sessions = given()
    assert deletion_test(model, windows[:0], classes[:0], sessions[:0], np.random.default_rng(0)) is None
