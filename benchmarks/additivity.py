"""Whether attributions add up: random windows through networks of every kind at full size."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from benchmarks.panel import Source
from benchmarks.serving import planted_windows
from benchmarks.table import Result
from models.domain.networks import NetworkSettings
from models.networks.registry import build_network
from services.ml.classifiers.interface import Quiet
from services.ml.classifiers.network import (
    FittedNetwork,
    Network,
    bilstm_attention,
    cnn_bilstm_transformer,
    fast,
    lstm_multihead,
)
from services.ml.explanations.explainer import explainer_for
from services.ml.explanations.grouped import family_shapley
from services.ml.explanations.integrated_gradients import ADDITIVITY_TOLERANCE
from services.ml.labelled_panel import THREE_CLASSES
from services.ml.networks.serving import load_network
from services.ml.preprocessing import MAX_FEATURES
from services.quant.features.registry import NAMES

_N_WINDOWS = 1_000
_FAMILY_TOLERANCE = 1e-6
_LIMIT = 5.0  # a scaled value is clipped there


@dataclass(frozen=True)
class _Case:
    """A network. ``seconds`` bound its integrated gradients; ``n_for_families`` windows have families too."""

    name: str
    fitted: FittedNetwork
    seconds: float
    n_for_families: int


def run(_: Source, __: str) -> list[Result]:
    """Explain by integrated gradients and by families; errors are against what ONNX Runtime serves."""
    return [result for case in _cases() for result in _added_up(case)]


def _cases() -> Iterator[_Case]:
    yield _Case("trained fast", _trained(fast()), 60.0, _N_WINDOWS)
    yield _Case("fast", _untrained(fast()), 60.0, _N_WINDOWS)
    yield _Case("lstm_multihead", _untrained(lstm_multihead()), 60.0, _N_WINDOWS)
    yield _Case("bilstm_attention", _untrained(bilstm_attention()), 120.0, _N_WINDOWS)
    # A hundred times 256 windows of this one take minutes.
    yield _Case("cnn_bilstm_transformer", _untrained(cnn_bilstm_transformer()), 600.0, 100)


def _added_up(case: _Case) -> list[Result]:
    explainer = explainer_for(load_network(case.fitted.files()))
    windows, classes = _random_windows(explainer.n_days), np.arange(_N_WINDOWS) % len(THREE_CLASSES)
    begun = time.perf_counter()
    found = explainer.attribute(windows, classes)
    by_gradients = time.perf_counter() - begun
    some = slice(0, case.n_for_families)
    _, families = family_shapley(explainer, windows[some], classes[some], case.fitted.feature_names)
    by_families = time.perf_counter() - begun - by_gradients
    missed = families.sum(axis=1) - (found.outputs - found.base_outputs)[some]
    exact, grouped = (
        f"{case.name}, {n:,} random windows, {what}"
        for n, what in ((_N_WINDOWS, "integrated gradients"), (case.n_for_families, "families"))
    )
    per_window = by_families / case.n_for_families
    return [
        Result(
            f"{exact}: largest error", found.additivity_errors.max(), "", None, ADDITIVITY_TOLERANCE, unit=""
        ),
        Result(exact, by_gradients, "", None, case.seconds),
        Result(f"{grouped}: largest error", np.abs(missed).max(), "", None, _FAMILY_TOLERANCE, unit=""),
        Result(f"{grouped}, seconds a window", per_window, "", None, 1.5),
    ]


def _untrained(network: Network) -> FittedNetwork:
    settings: NetworkSettings = network.settings
    names = _features()
    torch.manual_seed(0)
    module = build_network(settings, len(names), len(THREE_CLASSES)).eval()
    known = _random_windows(settings.window_sessions)[:4]
    return FittedNetwork(network.name, settings, module, names, THREE_CLASSES, (), known)


def _trained(network: Network) -> FittedNetwork:
    """Train on noise with a planted effect, whose features are then called as the registry's are."""
    samples = planted_windows()
    is_first = samples.sessions < np.datetime64("2010-04-20")
    fitted = network.fit(samples.take(is_first), samples.take(~is_first), 0, Quiet())
    return replace(fitted, feature_names=_features())


def _features() -> tuple[str, ...]:
    """Return as many features as a network sees, of every family."""
    return tuple(NAMES[column] for column in np.linspace(0, len(NAMES) - 1, MAX_FEATURES).astype(int))


def _random_windows(n_days: int) -> np.ndarray:
    """Return scaled windows that wander as features do."""
    rng = np.random.default_rng(0)
    shape = (_N_WINDOWS, n_days, MAX_FEATURES)
    drift = rng.normal(size=shape).cumsum(axis=1) / np.sqrt(n_days)
    found: np.ndarray = np.clip(drift + 0.3 * rng.normal(size=shape), -_LIMIT, _LIMIT).astype(np.float32)
    return found
