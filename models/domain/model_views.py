"""What the Models page shows: who serves, how every model was judged, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import numpy as np

from models.domain.drift import Drift
from models.domain.market import DatasetStatus
from models.domain.registry import ModelAction, ModelStatus
from models.domain.trials import AuditCheck, Overfitting, TrialKind

# Figures that are better the lower they are.
LOWER_IS_BETTER = frozenset({"brier", "calibration_error", "log_loss"})


class Standing(StrEnum):
    """What a line of the evidence is held against the others as."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    TRIED = "tried"
    BASELINE = "baseline"


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; None where one is not known. ``n``: observations behind it."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0


@dataclass(frozen=True)
class BookView:
    """What the book of a model's forecasts earned out of sample, after costs, a year, as fractions."""

    annual_return: float | None
    excess: Estimate  # over the universe at equal weights
    percentile: float | None  # among random books of equal turnover
    n_random_books: int
    median_excess: float | None  # of these
    sharpe: Estimate
    max_drawdown: float | None
    turnover: float | None
    n_trades: int
    first_session: str
    last_session: str
    n_sessions: int


@dataclass(frozen=True)
class JudgedModel:
    """One line of the evidence: a model of the registry, or a trial that made none.

    ``key``: ``model:3`` or ``trial:5``, as addresses name it. ``figures``: by name, the IC among them.
    ``is_comparable``: judged on the sessions of the first line.
    """

    key: str
    name: str
    standing: Standing
    model_id: int | None
    trial_id: int | None
    judged_at: datetime | None
    n: int
    n_sessions: int
    first_session: str
    last_session: str
    figures: tuple[tuple[str, Estimate], ...]
    ic_lower_bound: float | None  # one-sided, at 90 %
    ic_information_ratio: float | None
    power: str
    ic_standard_error: float | None
    book: BookView | None
    is_comparable: bool = True

    def figure(self, name: str) -> Estimate:
        """Return one figure; without a value where it was not reported."""
        return dict(self.figures).get(name, Estimate(None))

    @property
    def has_edge(self) -> bool:
        """Whether its IC is above zero with 90 % confidence, one-sided."""
        return self.ic_lower_bound is not None and self.ic_lower_bound > 0.0


def leading_line(evidence: Sequence[JudgedModel]) -> JudgedModel:
    """Return the first model, else the baseline with the best IC."""
    if evidence[0].standing is not Standing.BASELINE:
        return evidence[0]
    return max(evidence, key=lambda line: line.figure("ic").value or 0.0)


@dataclass(frozen=True)
class GateLine:
    """One condition of the promotion gate, as it was found."""

    name: str
    passed: bool
    sentence: str


@dataclass(frozen=True)
class DecisionLine:
    """A line of the history: what was decided about a model, by whom, when and why."""

    model_id: int
    model_name: str
    action: ModelAction
    actor: str
    at: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RegisteredModel:
    """A model of the registry, without its evaluation. ``fault``: why its files could not be used last."""

    id: int
    name: str
    status: ModelStatus
    is_forced: bool
    is_proven: bool
    is_audited_clean: bool
    is_rolled_back: bool
    trained_at: datetime
    train_from: date
    train_to: date
    trial_id: int | None
    parent_id: int | None
    content_hash: str
    data_snapshot: str
    feature_hash: str
    code_version: str
    seed: int
    information_coefficient: float | None
    fault: str
    gate: tuple[GateLine, ...]
    decision: DecisionLine | None


@dataclass(frozen=True)
class TrialLine:
    """A configuration of the ledger. Figures None where the trial has none, or has no book.

    Of benchmarks ``accuracy`` and ``mcc`` are the mean over the seeds, on the part that ``kind`` names.

    ``sharpe`` is a year's; ``probabilistic`` and ``deflated`` as ``models.domain.trials.TrialSharpe``.
    """

    id: int
    name: str
    kind: TrialKind
    configuration: str
    n_runs: int
    first_run_at: datetime
    last_run_at: datetime
    information_coefficient: float | None
    accuracy: float | None
    mcc: float | None
    sharpe: float | None
    probabilistic: float | None
    deflated: float | None
    excess: float | None
    benchmark: str = ""  # its name; empty on the shown data


@dataclass(frozen=True)
class AuditView:
    """What the newest leakage audit of a dataset, or that of a model, found."""

    audited_at: datetime | None
    checks: tuple[AuditCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)


@dataclass(frozen=True, eq=False)
class ModelsReport:
    """The page but for what stands behind one chosen model.

    ``evidence``: champion, challenger, other models that were tried, baselines; one or more. ``serving``: the
    model whose score is shown now, None without any. ``difference``: IC of the challenger less the
    champion's, None without both. ``trials``: every configuration ever tried on the dataset, and
    on published benchmarks, whose data are others: ``n_benchmark_configurations`` different ones.
    ``drift_session``: the newest whose drift was measured for the model that serves.
    """

    status: DatasetStatus
    evidence: tuple[JudgedModel, ...]
    serving: int | None
    difference: Estimate | None
    models: tuple[RegisteredModel, ...]
    decisions: tuple[DecisionLine, ...]
    audit: AuditView | None
    trials: tuple[TrialLine, ...]
    overfitting: Overfitting
    n_benchmark_configurations: int = 0
    drift_session: date | None = None

    def standing(self, standing: Standing) -> JudgedModel | None:
        """Return the first line of that standing."""
        return next((line for line in self.evidence if line.standing is standing), None)

    def model(self, model_id: int | None) -> RegisteredModel | None:
        """Return a model of the registry."""
        return next((one for one in self.models if one.id == model_id), None)

    @property
    def leading(self) -> JudgedModel:
        """The line that the page opens with."""
        return leading_line(self.evidence)

    @property
    def champion(self) -> RegisteredModel | None:
        """The champion."""
        return next((one for one in self.models if one.status is ModelStatus.CHAMPION), None)

    @property
    def judged_at(self) -> datetime | None:
        """When the newest judging ended."""
        return max((line.judged_at for line in self.evidence if line.judged_at), default=None)

    @property
    def version(self) -> str:
        """Differs whenever the page would look different."""
        newest = max((line.last_run_at for line in self.trials), default=None)
        audited = self.audit.audited_at if self.audit else None
        models = " ".join(f"{one.id}{one.status.value}{one.fault}" for one in self.models)
        parts = (
            self.status.dataset.id,
            self.status.last_session,
            newest,
            audited,
            len(self.decisions),
            self.drift_session,
        )
        return f"{' '.join(map(str, parts))} {models} {self.serving}"


@dataclass(frozen=True)
class Part:
    """Forecasts of one year, sector or confidence bin, as ``models.domain.judging.PartResult``.

    ``low`` to ``high``: 95 % interval of the accuracy, as if every horizon's labels were one.
    """

    name: str
    n: int
    accuracy: float
    low: float
    high: float
    base_rate: float
    mean_confidence: float
    ic: float | None


@dataclass(frozen=True)
class Curve:
    """Values by epoch of one learning curve."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Setting:
    """One line of a configuration: its place, joined by dots, and its value."""

    name: str
    value: str


@dataclass(frozen=True, eq=False)
class ModelDetail:
    """What stands behind one line of the evidence.

    ``confusion``: label by prediction, Down first. ``sessions`` and ``cumulative_ic``: the running sum of the
    daily IC; ``beside``: that of the champion, or of the best baseline, with its name. ``curves``: of the
    training on all sessions; ``best_epoch``: the one whose weights were kept, None where models do not learn
    by epochs; ``fold_curves``: validation loss before each test.
    """

    line: JudgedModel
    n_classes: int
    confusion: tuple[tuple[int, ...], ...]
    by_confidence: tuple[Part, ...]
    by_year: tuple[Part, ...]
    by_sector: tuple[Part, ...]
    ic_by_horizon: tuple[tuple[int, float | None], ...]
    horizon_sessions: int
    sessions: np.ndarray  # datetime64[D]
    cumulative_ic: np.ndarray  # float64
    beside_name: str
    beside_sessions: np.ndarray  # datetime64[D]
    beside_ic: np.ndarray  # float64
    curves: tuple[Curve, ...]
    fold_curves: tuple[Curve, ...]
    best_epoch: int | None
    settings: tuple[Setting, ...]
    data_snapshot: str
    code_version: str
    audit: AuditView | None
    gate: tuple[GateLine, ...]
    decision: DecisionLine | None
    drift: Drift | None = None
