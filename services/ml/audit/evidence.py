"""What an audit looks at: the functions and arrays that a training used, not what is said of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.domain.market import PricePanel
from services.ml.preprocessing import Preprocessing, PreprocessingSettings
from services.ml.samples import Samples
from services.quant.features.checks import Compute
from services.quant.features.compute import FeaturePanel
from services.quant.features.context import FeatureContext

Build = Callable[[PricePanel, FeatureContext, FeaturePanel], Samples]


@dataclass(frozen=True, eq=False)
class Pipeline:
    """From a panel to samples. ``warm_up_sessions``: of the features that are computed.

    ``build`` numbers the symbols of its samples by their place in the panel.
    """

    compute: Compute
    build: Build
    warm_up_sessions: int


@dataclass(frozen=True, eq=False)
class Tuned:
    """A figure that was chosen by outcomes: a temperature, a threshold.

    ``sessions``: datetime64[D], those it was found on. ``find``: from raw probabilities, shape
    (n, n_classes), and labels, shape (n,), to the figure.
    """

    name: str
    value: float
    sessions: np.ndarray
    find: Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True, eq=False)
class Stacked:
    """Forecasts that another model learns from: what theirs had learnt from, and what it forecast."""

    name: str
    learnt_from: Samples
    forecast: Samples


@dataclass(frozen=True, eq=False)
class FoldEvidence:
    """One model: what it learnt from, was stopped by and is judged on.

    Samples are those before scaling, and before any balancing or augmentation of the training rows.
    ``test_sessions``: datetime64[D], ascending, those it claims to be judged on. ``predict``: from samples to
    probabilities before any tuning.
    """

    train: Samples
    validation: Samples
    test: Samples
    test_sessions: np.ndarray
    preprocessing: Preprocessing
    predict: Callable[[Samples], np.ndarray]
    tuned: tuple[Tuned, ...] = ()
    stacked: tuple[Stacked, ...] = ()

    @property
    def parts(self) -> tuple[tuple[str, Samples], ...]:
        """Training, validation and test, each with its name."""
        return ("training", self.train), ("validation", self.validation), ("test", self.test)

    @property
    def pairs(self) -> tuple[tuple[str, Samples, str, Samples], ...]:
        """Each part with each that is to come after it."""
        parts = self.parts
        return tuple((*parts[first], *parts[later]) for first, later in ((0, 1), (0, 2), (1, 2)))


@dataclass(frozen=True, eq=False)
class Fills:
    """Filled orders of a book, arrays of shape (n_fills,).

    ``symbols``: int, places in the panel; sessions: datetime64[D]; ``price``: float64, as quoted, before
    slippage. A delisted holding that leaves at its last close is no order, and does not belong here.
    """

    symbols: np.ndarray
    signal_sessions: np.ndarray
    fill_sessions: np.ndarray
    price: np.ndarray


@dataclass(frozen=True, eq=False)
class Evidence:
    """A whole training. ``samples``: all that ``pipeline`` makes of panel and context.

    ``horizon_sessions`` is the label's, and the embargo's.
    """

    panel: PricePanel
    context: FeatureContext
    pipeline: Pipeline
    samples: Samples
    folds: tuple[FoldEvidence, ...]
    horizon_sessions: int
    preprocessing_settings: PreprocessingSettings
    fills: Fills | None = None


def row_keys(symbols: np.ndarray, sessions: np.ndarray) -> np.ndarray:
    """Return one number for each symbol and session, int64, shape (n,): which bar a row belongs to."""
    day = sessions.astype("datetime64[D]").view(np.int64)
    return np.asarray(symbols.astype(np.int64) * 2**32 + day)


def keys_of(samples: Samples) -> np.ndarray:
    """Return the key of each sample, int64, shape (n_samples,)."""
    return row_keys(samples.symbols, samples.sessions)
