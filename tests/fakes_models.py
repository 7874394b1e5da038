"""Judged models without a database: a champion, a refused challenger, two baselines."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from models.domain.errors import GlassboxError, InvalidRequestError
from models.domain.feed import Activity
from models.domain.market import DatasetStatus
from models.domain.model_views import (
    AuditView,
    BookView,
    Curve,
    DecisionLine,
    Estimate,
    GateLine,
    JudgedModel,
    ModelDetail,
    ModelsReport,
    Part,
    RegisteredModel,
    Setting,
    Standing,
    TrialLine,
)
from models.domain.registry import ModelAction, ModelDecision, ModelRecord, ModelStatus
from models.domain.trials import AuditCheck, Overfitting, TrialKind
from tests.feed_panels import NOW, SAMPLE, status_of
from tests.registry_records import record

BOOK = BookView(
    annual_return=0.061,
    excess=Estimate(-0.0123, n=2540),
    percentile=0.84,
    n_random_books=1000,
    median_excess=-0.02,
    sharpe=Estimate(0.5, -0.1, 1.1, 2540),
    max_drawdown=0.34,
    turnover=2.0,
    n_trades=120,
    first_session="2003-01-28",
    last_session="2013-03-01",
    n_sessions=2540,
)
GATE = (
    GateLine("audit", passed=True, sentence="The leakage audit is clean: 2 checks"),
    GateLine("ic_above_zero", passed=False, sentence="No edge found: the lower bound is -0.0125"),
)
AUDIT = AuditView(
    NOW,
    (
        AuditCheck("disjoint dates", passed=True, detail="2 folds"),
        AuditCheck("planted future", passed=False, detail="rsi_14 knew it"),
    ),
)


def judged(key: str, name: str, standing: Standing, ic: float = 0.02, **changes) -> JudgedModel:
    """Return a line whose IC is 0.04 wide and above zero, but for the changes."""
    kind, number = key.split(":")
    values = {
        "model_id": int(number) if kind == "model" else None,
        "trial_id": int(number) + 10 if kind == "model" else int(number),
        "judged_at": NOW,
        "n": 9440,
        "n_sessions": 2536,
        "first_session": "2003-01-28",
        "last_session": "2013-02-22",
        "figures": (
            ("ic", Estimate(ic, ic - 0.02, ic + 0.02, 9440)),
            ("accuracy", Estimate(0.4, 0.38, 0.42, 9440)),
            ("brier", Estimate(0.66 - ic / 10, 0.65, 0.67, 9440)),
            ("calibration_error", Estimate(0.0113, n=9440)),
        ),
        "ic_lower_bound": ic - 0.015,
        "ic_information_ratio": 0.05,
        "power": "2,536 days detect an IC of 0.027 or more",
        "ic_standard_error": 0.0127,
        "book": BOOK,
    }
    return JudgedModel(key, name, standing, **{**values, **changes})


def registered(number: int, name: str, status: ModelStatus, **changes) -> RegisteredModel:
    """Return a model of the registry, trained a day after the one before."""
    values = {
        "is_forced": False,
        "is_proven": status is ModelStatus.CHAMPION,
        "is_audited_clean": True,
        "is_rolled_back": False,
        "trained_at": NOW + timedelta(days=number),
        "train_from": date(2001, 5, 29),
        "train_to": date(2013, 2, 14),
        "trial_id": number + 10,
        "parent_id": None,
        "content_hash": "a" * 64,
        "data_snapshot": "d" * 64,
        "feature_hash": "f" * 64,
        "code_version": "c" * 64,
        "seed": 0,
        "information_coefficient": 0.02,
        "fault": "",
        "gate": (),
        "decision": None,
    }
    return RegisteredModel(number, name, status, **{**values, **changes})


def decided(number: int, action: ModelAction, *reasons: str) -> DecisionLine:
    """Return a decision of anna's."""
    return DecisionLine(number, "fast", action, "anna", NOW, reasons)


def trial(number: int, name: str, **changes) -> TrialLine:
    """Return a configuration of the ledger."""
    values = {
        "kind": TrialKind.WALK_FORWARD,
        "configuration": "n_leaves 15",
        "n_runs": 2,
        "first_run_at": NOW - timedelta(days=7),
        "last_run_at": NOW,
        "information_coefficient": 0.005,
        "accuracy": 0.399,
        "mcc": 0.03,
        "sharpe": None,
        "probabilistic": None,
        "deflated": None,
        "excess": -0.227,
    }
    return TrialLine(number, name, **{**values, **changes})


CHAMPION = judged("model:1", "fast", Standing.CHAMPION, 0.04)
CHALLENGER = judged("model:2", "bilstm_attention", Standing.CHALLENGER, 0.01)
BASELINES = (
    judged("trial:5", "class_prior", Standing.BASELINE, 0.0),
    judged("trial:6", "lightgbm", Standing.BASELINE, 0.005),
)


def models_report(**changes) -> ModelsReport:
    """Return a report with a champion that serves."""
    values = {
        "status": status_of(SAMPLE, 5),
        "evidence": (CHAMPION, CHALLENGER, *BASELINES),
        "serving": 1,
        "difference": Estimate(-0.03, -0.06, 0.0, 2536),
        "models": (
            registered(
                2,
                "bilstm_attention",
                ModelStatus.REFUSED,
                gate=GATE,
                decision=decided(2, ModelAction.REFUSE, GATE[1].sentence),
            ),
            registered(1, "fast", ModelStatus.CHAMPION, decision=decided(1, ModelAction.PROMOTE)),
        ),
        "decisions": (
            decided(2, ModelAction.REFUSE, GATE[1].sentence),
            decided(1, ModelAction.PROMOTE),
        ),
        "audit": AUDIT,
        "trials": (
            trial(6, "lightgbm", sharpe=0.18, probabilistic=0.7, deflated=0.4),
            trial(5, "class_prior"),
        ),
        "overfitting": Overfitting(None, 2, 2540, reason="too few variants"),
    }
    return ModelsReport(**{**values, **changes})


def only_baselines(**changes) -> ModelsReport:
    """Return the report before any model was registered."""
    lines = tuple(replace(line, ic_lower_bound=-0.01) for line in BASELINES)
    return models_report(evidence=lines, serving=None, difference=None, models=(), decisions=(), **changes)


def model_detail(line: JudgedModel = CHAMPION, **changes) -> ModelDetail:
    """Return what stands behind a line: three classes, two years, two sectors."""
    days = np.arange("2003-01-28", "2003-02-07", dtype="datetime64[D]")
    values = {
        "n_classes": 3,
        "confusion": ((10, 60, 30), (5, 90, 5), (20, 50, 30)),
        "by_confidence": (
            Part("0.00 to 0.40", 200, 0.38, 0.31, 0.45, 0.40, 0.37, None),
            Part("0.40 to 0.45", 100, 0.46, 0.36, 0.56, 0.40, 0.42, None),
        ),
        "by_year": (
            Part("2003", 150, 0.40, 0.32, 0.48, 0.42, 0.40, -0.026),
            Part("2004", 150, 0.43, 0.35, 0.51, 0.40, 0.40, 0.163),
        ),
        "by_sector": (Part("Energy", 300, 0.41, 0.35, 0.47, 0.40, 0.40, None),),
        "ic_by_horizon": ((1, -0.02), (5, 0.04), (20, None)),
        "horizon_sessions": 5,
        "sessions": days,
        "cumulative_ic": np.linspace(0.0, 1.0, days.size),
        "beside_name": "lightgbm",
        "beside_sessions": days,
        "beside_ic": np.linspace(0.0, -1.0, days.size),
        "curves": (
            Curve("train_loss", (1.1, 1.0, 0.9)),
            Curve("validation_loss", (1.09, 1.08, 1.1)),
            Curve("validation_mcc", (0.0, 0.02, 0.01)),
        ),
        "fold_curves": (Curve("fold 1", (1.2, 1.1)), Curve("fold 2", (1.15, 1.05))),
        "best_epoch": 2,
        "settings": (Setting("model.units", "[32, 16]"),),
        "data_snapshot": "d" * 64,
        "code_version": "c" * 64,
        "audit": AUDIT,
        "gate": GATE,
        "decision": None,
    }
    return ModelDetail(line, **{**values, **changes})


@dataclass
class FakeModelsQueries:
    """Answers like the real queries; ``fault`` is raised instead where it is set."""

    content: ModelsReport = field(default_factory=models_report)
    fault: GlassboxError | None = None
    doing: Activity = field(default_factory=lambda: Activity("Nothing runs.", (), (), worker_alive=True))
    asked: list[str | None] = field(default_factory=list)

    def report(self) -> ModelsReport:
        """Return the whole report."""
        if self.fault:
            raise self.fault
        return self.content

    def detail(self, key: str | None) -> ModelDetail:
        """Return what stands behind a line of the evidence."""
        self.asked.append(key)
        if self.fault:
            raise self.fault
        if key is None:
            return model_detail(self.content.leading)
        found = next((line for line in self.content.evidence if line.key == key), None)
        if found is None:
            raise InvalidRequestError(f"There is no {key} on these data")
        return model_detail(found)

    def staleness(self, status: DatasetStatus) -> str:
        """Return that the data are as new as they could be."""
        return ""

    def activity(self) -> Activity:
        """Return what was put in."""
        return self.doing


@dataclass
class FakeModelDesk:
    """Notes what was decided; ``fault`` is raised instead where it is set."""

    fault: GlassboxError | None = None
    action: ModelAction = ModelAction.PROMOTE
    decided: list[tuple[Any, ...]] = field(default_factory=list)

    def promote(self, model_id: int, *, force: bool = False, address: str = "") -> ModelDecision:
        """Note who is promoted, and whether by force."""
        self._note("promote", model_id, force, address)
        action = ModelAction.FORCE if force else self.action
        return ModelDecision(model_id, action, "ada", NOW, ("The IC may be zero",), model_name="fast")

    def roll_back(self, address: str = "") -> tuple[ModelRecord, ModelRecord | None]:
        """Note a roll-back; nothing is restored."""
        self._note("roll_back", address)
        return record(1, ModelStatus.RETIRED), None

    def _note(self, *what: Any) -> None:
        if self.fault:
            raise self.fault
        self.decided.append(what)
