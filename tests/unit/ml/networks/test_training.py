"""How networks learn: which epoch is kept, what is warped and weighed, and how a killed training goes on."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from models.domain.errors import InsufficientHistoryError, InvalidMarketDataError
from models.domain.networks import Monitor, NetworkSettings
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.network import Network
from services.ml.evaluation_json import curves_to_json
from services.ml.fold_files import fold_store
from services.ml.networks import training
from services.ml.networks.augmentation import Warping, interpolate
from services.ml.networks.losses import class_weights, window_losses
from services.ml.networks.schedule import learning_rate
from services.ml.networks.windows import CompactWindows
from services.ml.walk_forward import TrainingSettings, walk_forward
from services.quant.judging.splits import walk_forward_splits
from tests.unit.ml.factories import planted_samples
from tests.unit.ml.networks.factories import WINDOW, eager, parts
from tests.unit.ml.test_walk_forward import SPLITTING, KilledError

NAME = "bilstm_attention"


def fit(settings, train, validation, progress=None):
    return Network(NAME, settings).fit(train, validation, 0, progress or Quiet())


@pytest.mark.slow
@pytest.mark.parametrize("monitor", Monitor)
def test_the_best_epoch_by_validation_is_kept(monitor):
    train, validation, _ = parts(strength=0.3, n_symbols=4)
    settings = eager(NAME, max_epochs=8, patience_epochs=2, monitor=monitor)
    fitted = fit(settings, train, validation)
    curve = fitted.learning_curve
    by = {
        Monitor.LOSS: [-epoch.validation_loss for epoch in curve],
        Monitor.MCC: [epoch.validation_mcc for epoch in curve],
    }[monitor]
    best = int(np.argmax(by))
    assert [epoch.epoch for epoch in curve if epoch.is_best][-1] == best + 1
    assert len(curve) in {best + 1 + 2, 8}
    right = (fitted.predict(validation).argmax(axis=1) == validation.labels).mean()
    assert right == pytest.approx(curve[best].validation_accuracy)


@pytest.mark.slow
def test_training_goes_down_and_stops_when_nothing_is_gained():
    train, validation, _ = parts(strength=0.0, n_symbols=3)
    curve = fit(eager(NAME, max_epochs=30, patience_epochs=4), train, validation).learning_curve
    assert len(curve) < 30
    assert curve[-1].train_loss < curve[0].train_loss
    assert not any(epoch.is_best for epoch in curve[-4:])


def test_progress_comes_each_epoch_and_ends_the_training_where_it_raises():
    train, validation, _ = parts()
    seen = []

    def cancelling(done, total, message):
        seen.append((done, total, message))
        if done == 2:
            raise KilledError

    with pytest.raises(KilledError):
        fit(eager(NAME, max_epochs=9), train, validation, cancelling)
    assert seen == [(0, 9, "epoch"), (1, 9, "epoch"), (2, 9, "epoch")]


def test_the_number_of_cores_does_not_decide_what_is_learnt():
    train, validation, _ = parts(n_symbols=4)
    seen, found, before = set(), [], torch.get_num_threads()
    try:
        for n_threads in (1, 3):
            torch.set_num_threads(n_threads)
            fitted = fit(
                eager(NAME, max_epochs=1),
                train,
                validation,
                lambda *_: seen.add(torch.get_num_threads()),
            )
            assert torch.get_num_threads() == n_threads
            found.append((fitted.network.state_dict(), fitted.predict(validation)))
    finally:
        torch.set_num_threads(before)
    assert seen == {1}
    (weights, told), (others, also_told) = found
    assert all(torch.equal(value, others[name]) for name, value in weights.items())
    assert np.array_equal(told, also_told)


@pytest.mark.slow
def test_a_killed_training_goes_on_from_its_last_epoch_bit_for_bit(tmp_path):
    train, validation, test = parts()
    model = Network(NAME, eager(NAME, max_epochs=5, dropout=0.3, augmented_share=0.5, patience_epochs=5))
    whole = model.fit(train, validation, 3, Quiet())
    kept, seen = model.kept_in(tmp_path / "fold.safetensors"), []

    def dying(done, total, message):
        seen.append(done)
        if done == 3:
            raise KilledError

    with pytest.raises(KilledError):
        kept.fit(train, validation, 3, dying)
    seen.clear()
    resumed = kept.fit(train, validation, 3, lambda done, *_: seen.append(done))
    assert seen == [3, 4]
    assert np.array_equal(resumed.predict(test), whole.predict(test))
    assert resumed.learning_curve == whole.learning_curve


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"cut short", None])
def test_a_damaged_checkpoint_is_no_checkpoint(tmp_path, content):
    train, validation, test = parts()
    path = tmp_path / "fold.safetensors"
    settings = eager(NAME, max_epochs=2)
    if content is None:  # that of another network
        other = replace(settings, first_units=6)
        Network(NAME, other).kept_in(path).fit(train, validation, 0, Quiet())
    else:
        path.write_bytes(content)
    found = Network(NAME, settings).kept_in(path).fit(train, validation, 0, Quiet())
    assert np.array_equal(found.predict(test), fit(settings, train, validation).predict(test))


@pytest.mark.slow
def test_a_walk_forward_keeps_its_place_within_a_fold_and_its_curves(tmp_path):
    samples = planted_samples(n_sessions=420, n_symbols=4, window_sessions=WINDOW)
    splits = walk_forward_splits(np.datetime64("2010-01-04") + np.arange(420), SPLITTING)
    model = Network(NAME, eager(NAME, max_epochs=2))
    whole = walk_forward(samples, splits, model, TrainingSettings(), 0, Quiet())

    def dying(done, total, message):
        if done == 1 and "epoch 1 of" in message:
            raise KilledError

    store = fold_store(tmp_path)
    with pytest.raises(KilledError):
        walk_forward(samples, splits, model, TrainingSettings(), 0, dying, store)
    assert store.checkpoint(1).exists()
    again = walk_forward(samples, splits, model, TrainingSettings(), 0, Quiet(), fold_store(tmp_path))
    assert np.array_equal(again.probabilities, whole.probabilities)
    assert sorted(again.curves) == list(range(len(splits)))
    assert again.curves == whole.curves
    assert not list(tmp_path.glob("*.safetensors"))
    stored = json.loads(json.dumps(curves_to_json(again.curves)))
    assert [entry["fold"] for entry in stored] == sorted(again.curves)
    assert stored[0]["epochs"][1]["validation_loss"] == again.curves[0][1].validation_loss


def test_only_training_windows_are_warped_and_labels_stay(monkeypatch):
    train, validation, _ = parts()
    before = [(part.features.copy(), part.labels.copy()) for part in (train, validation)]
    warped, learnt = [], []

    class Recording(Warping):
        def __call__(self, windows):
            warped.append(windows.clone())
            return super().__call__(windows)

    def recording(logits, labels, *rest):
        learnt.append(labels)
        return window_losses(logits, labels, *rest)

    monkeypatch.setattr(training, "Warping", Recording)
    monkeypatch.setattr(training, "window_losses", recording)
    fit(eager(NAME, max_epochs=1, augmented_share=1.0), train, validation)
    known = {window.tobytes() for window in CompactWindows.of(train, WINDOW).windows()}
    seen = [window.numpy().tobytes() for batch in warped for window in batch]
    assert len(seen) == len(train)
    assert set(seen) == known
    assert sorted(torch.cat(learnt[: len(warped)]).tolist()) == sorted(train.labels.tolist())
    assert torch.cat(learnt[len(warped) :]).tolist() == validation.labels.tolist()
    for part, (features, labels) in zip((train, validation), before, strict=True):
        assert np.array_equal(part.features, features)
        assert np.array_equal(part.labels, labels)


def test_warping_keeps_both_ends_of_time_and_changes_the_chosen_alone():
    generator = torch.Generator().manual_seed(0)
    windows = torch.arange(20.0).reshape(1, 20, 1).repeat(200, 1, 3)
    stretched = Warping(20, 1.0, 0.2, 0.0, generator)(windows)
    assert torch.equal(stretched[:, 0], windows[:, 0])
    assert stretched[:, -1].numpy() == pytest.approx(windows[:, -1].numpy(), abs=1e-4)
    assert (stretched.diff(dim=1) > 0.0).all()
    assert not torch.allclose(stretched, windows, atol=0.1)
    half = Warping(20, 0.5, 0.2, 0.2, generator)(windows)
    n_changed = int((half != windows).any(dim=2).any(dim=1).sum())
    assert 60 < n_changed < 140
    sizes = Warping(20, 1.0, 0.0, 0.1, generator)(torch.ones(400, 20, 2))
    assert float(sizes.mean()) == pytest.approx(1.0, abs=0.02)
    assert 0.05 < float(sizes.std()) < 0.15
    assert torch.equal(windows[0, :, 0], torch.arange(20.0))


def test_interpolation_by_hand():
    windows = torch.tensor([[[0.0], [10.0], [30.0]]])
    found = interpolate(windows, torch.tensor([[0.0, 0.5, 1.25, 2.0]]))
    assert found.squeeze().tolist() == [0.0, 5.0, 15.0, 30.0]


def test_balanced_classes_weigh_the_same():
    labels = torch.tensor([0, 0, 0, 2])
    weights = class_weights(labels, 3, is_balanced=True)
    assert weights.tolist() == pytest.approx([4 / 6, 0.0, 2.0])
    assert weights[labels].mean() == pytest.approx(1.0)
    assert class_weights(labels, 3, is_balanced=False).tolist() == [1.0, 1.0, 1.0]


def test_loss_by_hand_and_by_torch():
    """p = 0.8 of the label: focal loss 0.25 (1 - 0.8)^2 (-ln 0.8)."""
    logits = torch.log(torch.tensor([[0.8, 0.2]]))
    label, even = torch.tensor([0]), torch.ones(2)
    focal = NetworkSettings()
    assert float(window_losses(logits, label, even, focal)) == pytest.approx(0.25 * 0.04 * -np.log(0.8))
    torch.manual_seed(0)
    logits, labels, weights = torch.randn(9, 3), torch.arange(9) % 3, torch.tensor([0.5, 1.0, 2.0])
    smoothed = NetworkSettings(focal_alpha=1.0, focal_gamma=0.0, label_smoothing=0.1)
    ours = window_losses(logits, labels, torch.ones(3), smoothed)
    theirs = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.1, reduction="none")
    assert ours.numpy() == pytest.approx(theirs.numpy())
    plain = replace(smoothed, label_smoothing=0.0)
    theirs = torch.nn.functional.cross_entropy(logits, labels, weights, reduction="none")
    assert window_losses(logits, labels, weights, plain).numpy() == pytest.approx(theirs.numpy())


def test_rates_follow_torch_s_one_cycle():
    settings = NetworkSettings(learning_rate=2e-4, peak_learning_rate=1e-3)
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 1e-3, total_steps=50, div_factor=5.0, final_div_factor=1e4, cycle_momentum=False
    )
    for step in range(50):
        assert learning_rate(settings, step, 50) == pytest.approx(theirs.get_last_lr()[0])
        optimiser.step()
        if step < 49:
            theirs.step()
    assert learning_rate(NetworkSettings(), 7, 50) == 1e-3


@pytest.mark.slow
def test_balancing_is_taken_back_from_the_probabilities():
    """Where nothing can be learnt, what is left are the shares of the classes."""
    train, validation, test = parts(strength=0.0, n_sessions=160)
    labels = np.where(np.random.default_rng(0).random(len(train)) < 0.8, 2, 0).astype(np.int8)
    train = replace(train, labels=labels)
    settings = eager(NAME, max_epochs=3, learning_rate=0.002)
    mean = fit(settings, train, validation).predict(test).mean(axis=0)
    assert mean[2] == pytest.approx(0.8, abs=0.06)
    assert mean[1] < 1e-3  # a class that training never saw


@pytest.mark.slow
def test_accumulated_batches_make_the_step_of_one_large_batch():
    train, validation, test = parts(n_symbols=4)
    settings = eager(NAME, max_epochs=2, batch_size=32)
    apart = replace(settings, batch_size=8, accumulated_batches=4)
    assert fit(apart, train, validation).predict(test) == pytest.approx(
        fit(settings, train, validation).predict(test), abs=1e-3
    )


def test_gradients_are_clipped(monkeypatch):
    train, validation, _ = parts(n_symbols=2)
    bounds = []
    clip = torch.nn.utils.clip_grad_norm_

    def recording(parameters, bound):
        weights = list(parameters)
        clip(weights, bound)
        bounds.append(float(clip(weights, 1e9)))

    monkeypatch.setattr(training.nn.utils, "clip_grad_norm_", recording)
    fit(eager(NAME, max_epochs=1, gradient_clip=1e-3), train, validation)
    assert bounds
    assert max(bounds) <= 1e-3 * 1.001


def test_a_loss_that_is_no_number_is_never_the_best():
    train, validation, test = parts(n_symbols=2)
    fitted = fit(eager(NAME, max_epochs=4, learning_rate=1e30, patience_epochs=2), train, validation)
    assert not any(epoch.is_best for epoch in fitted.learning_curve if not np.isfinite(epoch.validation_loss))
    assert np.isfinite(fitted.predict(test)).all()


def test_bad_samples_are_refused_with_what_to_do():
    train, validation, _ = parts()
    settings = eager(NAME, max_epochs=1)
    with pytest.raises(InsufficientHistoryError, match=r"all .* are Up; take a longer history"):
        fit(settings, train.take(train.labels == 2), validation)
    with pytest.raises(InsufficientHistoryError, match="no labelled validation window"):
        fit(settings, train, validation.take(np.array([], dtype=int)))
    with pytest.raises(InsufficientHistoryError, match=r"looks at 60 sessions .* have 6"):
        fit(replace(settings, window_sessions=60), train, validation)
    train.features[7, 3] = np.inf
    with pytest.raises(InvalidMarketDataError, match="Feature feature_3 is infinite in 1 rows"):
        fit(settings, train, validation)


def test_compact_windows_are_the_samples_windows():
    samples = planted_samples(n_sessions=30, n_symbols=3, window_sessions=8)
    samples = replace(samples, source=np.maximum(np.arange(90) - (np.arange(90) % 7 == 3), 0))  # filled gaps
    some = samples.take(np.array([60, 2, 3, 40, 41]))
    compact = CompactWindows.of(some, 8)
    assert np.array_equal(compact.windows(), some.windows())
    assert np.array_equal(CompactWindows.of(some, 5).windows(), some.windows()[:, -5:])
    assert len(compact.rows) < 5 * 8
