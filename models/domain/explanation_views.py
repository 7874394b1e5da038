"""What pages show of explanations: why a model gave a score, and what it looks at over the universe."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import numpy as np

from models.domain.explanations import (
    DeletionTest,
    Explanation,
    GlobalImportance,
    PermutationImportance,
    Stability,
)
from models.domain.features import FeatureFamily
from models.domain.market import DatasetStatus
from models.domain.registry import ModelStatus


class Missing(StrEnum):
    """Why there is nothing to show of a signal's explanation."""

    NO_MODEL = "no_model"  # the registry is empty
    NONE_SERVES = "none_serves"  # there are models, and none may score
    UNKNOWN_MODEL = "unknown_model"  # the one asked for is not in the registry
    SHORT_HISTORY = "short_history"  # the symbol's window is not whole
    WAITING = "waiting"  # asked for, not computed yet
    FAILED = "failed"  # asked for, and it could not be computed
    NOT_ASKED = "not_asked"  # it can be computed


@dataclass(frozen=True)
class ModelStamp:
    """A model of the registry, as far as an explanation names it."""

    id: int
    name: str
    status: ModelStatus
    is_proven: bool
    is_forced: bool  # promoted although the gate refused it
    content_hash: str
    trained_at: datetime
    train_to: date
    window_sessions: int

    @property
    def words(self) -> str:
        """Name and number, as pages call it."""
        return f"{self.name} (model {self.id})"


@dataclass(frozen=True)
class FeatureLine:
    """One feature of an explanation: what it is, its value, and what it adds to the output.

    ``words``: the value in its unit. ``percentile``: None where the value is not known.
    """

    name: str
    title: str
    family: FeatureFamily
    formula: str
    words: str
    percentile: float | None
    attribution: float
    standard_error: float


@dataclass(frozen=True)
class Shortage:
    """How many past signals of the shown class and confidence there are, where they are too few."""

    shown: str
    n: int
    n_sessions: int


@dataclass(frozen=True)
class BinEvidence:
    """How often past forecasts like this one were right, out of sample.

    ``bin``: their confidence. ``shown``: the class that they showed; empty: any class, since of the shown one
    there is a ``shortage``. ``base_rate``: how often the classes that they showed come at all.
    ``excess_low`` to ``excess_high``: accuracy above the base rate. Intervals at 95 %, over blocks of
    sessions; None where there are too few sessions for one.
    """

    bin: str
    shown: str
    n: int
    n_sessions: int
    accuracy: float
    low: float | None
    high: float | None
    base_rate: float
    excess_low: float | None
    excess_high: float | None
    first_session: str
    last_session: str
    shortage: Shortage | None = None

    @property
    def verdict(self) -> str:
        """Where the interval of the difference lies."""
        if self.excess_low is None or self.excess_high is None:
            return "too few"
        if self.excess_low > 0.0:
            return "above"
        return "below" if self.excess_high < 0.0 else "no edge"


@dataclass(frozen=True, eq=False)
class ModelWhy:
    """Why a model gave a symbol its score at a session, or why that cannot be shown.

    ``model``: the one whose score it is, or the one that was chosen. ``serving``: the one that scores now;
    another one where it was replaced in between. ``lines``: every feature, strongest first. ``missing``:
    None with an explanation.
    """

    symbol: str
    session: date
    model: ModelStamp | None
    serving: ModelStamp | None
    explanation: Explanation | None = None
    lines: tuple[FeatureLine, ...] = ()
    families: tuple[tuple[FeatureFamily, float], ...] = ()
    evidence: BinEvidence | None = None
    deletion: DeletionTest | None = None
    stability: Stability | None = None
    missing: Missing | None = None
    said: str = ""  # what the run that should have computed it said
    is_chosen: bool = False  # whether somebody asked for this model
    worker_lives: bool = True  # whether anybody would compute it now

    @property
    def is_replaced(self) -> bool:
        """Whether another model scores by now."""
        return self.model is not None and self.serving is not None and self.model.id != self.serving.id


@dataclass(frozen=True, eq=False)
class AttentionLine:
    """One symbol's newest window. ``attention``: float32, shape (n_heads, n_days)."""

    symbol: str
    name: str
    sector: str
    session: date
    shown_class: str
    probability: float
    window: tuple[date, ...]
    is_filled: np.ndarray
    attention: np.ndarray


@dataclass(frozen=True)
class AttentionRequest:
    """What the page is asked for; None: the newest session, the model that serves."""

    as_of: date | None = None
    model_id: int | None = None


@dataclass(frozen=True, eq=False)
class AttentionOverview:
    """The newest window of every symbol, and whether attention may be read as a reason.

    ``models``: those that have explanations, the serving one first. ``n_without``: members of the universe
    without a window.
    """

    status: DatasetStatus
    session: date
    model: ModelStamp
    models: tuple[ModelStamp, ...]
    lines: tuple[AttentionLine, ...]
    n_without: int
    deletion: DeletionTest | None
    computed_at: datetime | None
    is_newest: bool

    @property
    def n_heads(self) -> int:
        """Heads of the model; 0 without attention."""
        return max((line.attention.shape[0] for line in self.lines), default=0)


@dataclass(frozen=True, eq=False)
class SymbolPrices:
    """Prices and volume of one symbol over some sessions, adjusted as of the last."""

    session: np.ndarray  # datetime64[D]
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray


@dataclass(frozen=True, eq=False)
class ImportanceReport:
    """What a model relies on, over the universe. ``titles`` and ``families``: of every feature there is."""

    status: DatasetStatus
    model: ModelStamp
    models: tuple[ModelStamp, ...]
    newest: GlobalImportance
    history: tuple[GlobalImportance, ...]  # oldest first, without points
    permutation: PermutationImportance | None
    stability: Stability | None
    titles: dict[str, str] = field(repr=False, default_factory=dict)
    families: dict[str, FeatureFamily] = field(repr=False, default_factory=dict)
