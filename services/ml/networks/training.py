"""How a network learns: epochs over warped windows, and the best of them by validation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.domain.errors import InsufficientHistoryError
from models.domain.networks import EpochResult, Monitor, NetworkSettings
from models.networks.registry import build_network
from services.ml.networks.augmentation import Warping
from services.ml.networks.checkpoint import Checkpoint
from services.ml.networks.losses import class_weights, window_losses
from services.ml.networks.one_thread import one_thread
from services.ml.networks.schedule import learning_rate
from services.ml.networks.windows import CompactWindows
from services.ml.samples import Samples
from services.ports import Progress
from services.quant.judging.classification import accuracy, matthews

_EVALUATED_WINDOWS = 1024  # at once
_REPORT_EVERY_BATCHES = 50
_MIN_SHARE = 1e-6  # a class that training never saw


@dataclass(frozen=True, eq=False)
class Learnt:
    """The network of the best epoch, on the CPU and in evaluation mode, and how it came about."""

    network: nn.Module
    curve: tuple[EpochResult, ...]


@dataclass(frozen=True, eq=False)
class _Part:
    """Windows and labels on the device that learns."""

    rows: Tensor  # float32, shape (n_rows, n_features)
    windows: CompactWindows
    labels: Tensor  # int64, shape (n_windows,)

    @classmethod
    def of(cls, samples: Samples, settings: NetworkSettings, device: torch.device) -> "_Part":
        compact = CompactWindows.of(samples, settings.window_sessions)
        labels = torch.as_tensor(samples.labels.astype(np.int64))
        return cls(torch.as_tensor(compact.rows, device=device), compact, labels.to(device))

    def __len__(self) -> int:
        return int(self.labels.numel())

    def gather(self, which: Tensor) -> tuple[Tensor, Tensor]:
        index = torch.as_tensor(self.windows.gather_index(which.numpy())).to(self.rows.device)
        return self.rows[index], self.labels[which.to(self.labels.device)]


class Training:
    """One network on its way from its first weights to its best ones."""

    def __init__(
        self, settings: NetworkSettings, train: Samples, validation: Samples, generator: torch.Generator
    ) -> None:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.settings, self.generator = settings, generator
        self.train = _Part.of(train, settings, device)
        self.validation = _Part.of(validation, settings, device)
        n_features = int(self.train.rows.shape[1])
        self.network = build_network(settings, n_features, train.n_classes).to(device)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        labels = torch.as_tensor(train.labels.astype(np.int64))
        self.weights = class_weights(labels, train.n_classes, is_balanced=settings.is_balanced).to(device)
        shares = torch.bincount(labels, minlength=train.n_classes) / len(train)
        # What the weights took away: balanced classes would otherwise all look equally likely.
        correction = shares.clamp_min(_MIN_SHARE).log() if settings.is_balanced else torch.zeros(len(shares))
        self.correction = correction.to(device)
        self.warp = Warping(
            settings.window_sessions,
            settings.augmented_share,
            settings.time_warp,
            settings.magnitude_warp,
            generator,
        )
        self.n_steps_an_epoch = -(-len(train) // (settings.batch_size * settings.accumulated_batches))

    def run(self, progress: Progress, checkpoint: Checkpoint | None) -> Learnt:
        """Train until validation gains no more, then put the best weights back."""
        settings = self.settings
        restored = checkpoint.restore(self.network, self.optimiser, self.generator) if checkpoint else None
        best, curve = restored or (self._weights(), [])
        while len(curve) < settings.max_epochs and _epochs_without_gain(curve) < settings.patience_epochs:
            progress(len(curve), settings.max_epochs, "epoch")
            result = self._epoch(curve, progress)
            curve.append(result)
            if result.is_best:
                best = self._weights()
            if checkpoint:
                checkpoint.save(self.network, best, self.optimiser, self.generator, curve)
        self.network.load_state_dict(best)
        with torch.no_grad():
            self.network.get_submodule("head").get_parameter("bias").add_(self.correction)
        return Learnt(self.network.cpu().eval(), tuple(curve))

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.network.state_dict().items()}

    def _epoch(self, before: list[EpochResult], progress: Progress) -> EpochResult:
        train_loss = self._learn(len(before), progress)
        loss, right, mcc = self._evaluate()
        result = EpochResult(len(before) + 1, train_loss, loss, right, mcc, is_best=False)
        best = [self._score(epoch) for epoch in before if epoch.is_best]
        # A loss that is no number is never the best, so the weights before it stay.
        is_best = self._score(result) > (best[-1] if best else -np.inf)
        return EpochResult(result.epoch, train_loss, loss, right, mcc, is_best=is_best)

    def _score(self, epoch: EpochResult) -> float:
        if self.settings.monitor is Monitor.MCC:
            return epoch.validation_mcc
        return -epoch.validation_loss

    def _learn(self, epoch: int, progress: Progress) -> float:
        """Go once through the training windows in a new order; return their mean loss."""
        settings, total = self.settings, 0.0
        self.network.train()
        n_steps = settings.max_epochs * self.n_steps_an_epoch
        for number, step in enumerate(self._steps()):
            rate = learning_rate(settings, epoch * self.n_steps_an_epoch + number, n_steps)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            total += self._step(step)
            if number % _REPORT_EVERY_BATCHES == _REPORT_EVERY_BATCHES - 1:
                progress(epoch, settings.max_epochs, "epoch")
        return total / len(self.train)

    def _steps(self) -> Iterator[Tensor]:
        order = torch.randperm(len(self.train), generator=self.generator)
        yield from _pieces(order, self.settings.batch_size * self.settings.accumulated_batches)

    def _step(self, which: Tensor) -> float:
        """Move the weights once, by all batches of a step; return the sum of their losses."""
        settings, total = self.settings, 0.0
        self.optimiser.zero_grad(set_to_none=True)
        for batch in _pieces(which, settings.batch_size):
            windows, labels = self.train.gather(batch)
            logits, _ = self.network(self.warp(windows))
            loss = window_losses(logits, labels, self.weights, settings).sum()
            torch.autograd.backward(loss / len(which))
            total += float(loss.detach())
        if settings.gradient_clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), settings.gradient_clip)
        self.optimiser.step()
        return total

    @torch.no_grad()
    def _evaluate(self) -> tuple[float, float, float]:
        """Return mean loss, accuracy and MCC on validation, of windows as they are."""
        self.network.eval()
        n_classes, loss = int(self.weights.numel()), 0.0
        confusion = torch.zeros(n_classes * n_classes, dtype=torch.int64)
        for which in _pieces(torch.arange(len(self.validation)), _EVALUATED_WINDOWS):
            windows, labels = self.validation.gather(which)
            logits, _ = self.network(windows)
            loss += float(window_losses(logits, labels, self.weights, self.settings).sum())
            chosen = (logits + self.correction).argmax(dim=1)
            confusion += torch.bincount(labels * n_classes + chosen, minlength=n_classes**2).cpu()
        sums = confusion.numpy()[None].astype(np.float64)
        return loss / len(self.validation), float(accuracy(sums)[0]), float(matthews(sums)[0])


def learn(
    settings: NetworkSettings,
    train: Samples,
    validation: Samples,
    seed: int,
    progress: Progress,
    checkpoint: Checkpoint | None = None,
) -> Learnt:
    """Train a network; on a CPU the same seed gives the same weights, bit for bit, however many cores it has.

    Raises
    ------
    InsufficientHistoryError
        If training has fewer than two classes, validation has no window, or windows are too short.
    InvalidMarketDataError
        If a feature is infinite.
    """
    train, validation = train.labelled(), validation.labelled()
    train.require_classes()
    if len(validation) == 0:
        raise InsufficientHistoryError(
            "There is no labelled validation window to choose the epoch by; take a longer history"
        )
    # Dropout and the first weights draw from torch's global generator, which is given back as it was.
    with one_thread(), torch.random.fork_rng():
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        return Training(settings, train, validation, generator).run(progress, checkpoint)


def _epochs_without_gain(curve: list[EpochResult]) -> int:
    best = max((epoch.epoch for epoch in curve if epoch.is_best), default=0)
    return len(curve) - best


def _pieces(numbers: Tensor, size: int) -> Iterator[Tensor]:
    for first in range(0, numbers.numel(), size):
        yield numbers[first : first + size]
