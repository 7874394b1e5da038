"""Explanations for tests: real features over real sessions, with figures that add up as a job's would."""

from dataclasses import replace
from datetime import date

import numpy as np

from models.domain.explanation_views import (
    AttentionLine,
    AttentionOverview,
    BinEvidence,
    ImportanceReport,
    ModelStamp,
    ModelWhy,
)
from models.domain.explanations import (
    AttentionVerdict,
    DeletionTest,
    Explanation,
    GlobalImportance,
    Method,
    PermutationImportance,
    Stability,
)
from models.domain.features import FeatureFamily
from models.domain.registry import ModelStatus
from services.quant.features.registry import METADATA
from services.queries.model_stamps import stamp_of
from services.queries.model_why import families_of, feature_lines
from tests.feed_panels import SAMPLE, status_of
from tests.registry_records import record

SESSION = date(2013, 3, 1)
FEATURES = tuple(METADATA)[:40]
CLASSES = ("Down", "Neutral", "Up")
DELETION = DeletionTest(
    date(2011, 1, 3), SESSION, 640, 32, 6, 20, 0.31, 0.04, 0.28, 0.11, 0.2, 0.08, 0.32, 0.95,
    AttentionVerdict.FAITHFUL, "The most attended days move the output more than random ones do.",
)  # fmt: skip
NO_REASON = replace(
    DELETION,
    most=0.12,
    difference=0.01,
    low=-0.06,
    high=0.08,
    verdict=AttentionVerdict.NOT_A_REASON,
    reason="Random days matter as much: the interval of the difference includes 0.",
)
STABILITY = Stability(SESSION, 1, "b" * 64, 5, 38, 0.81, 0.62, {"AAPL": 0.7})


def window_before(session: date, n_days: int = 60) -> tuple[date, ...]:
    """Return the weekdays up to a session."""
    days = np.busday_offset(np.datetime64(session), np.arange(1 - n_days, 1), roll="backward")
    return tuple(days.tolist())


def explanation_of(
    symbol: str = "AAPL",
    session: date = SESSION,
    model_id: int = 2,
    *,
    seed: int = 0,
    n_heads: int = 1,
    window: tuple[date, ...] | None = None,
    shown_class: str = "Up",
    **changes: object,
) -> Explanation:
    """Return an explanation by integrated gradients whose parts add up."""
    rng = np.random.default_rng(seed)
    days = window or window_before(session)
    by_day = rng.normal(0.0, 0.004, (len(days), len(FEATURES))) * rng.gamma(0.6, 1.5, len(FEATURES))
    by_day[-6:] *= 3.0
    by_day = by_day.astype(np.float32)
    attributions = by_day.sum(axis=0, dtype=np.float64)
    families: dict[str, float] = {}
    for name, value in zip(FEATURES, attributions.tolist(), strict=True):
        family = METADATA[name].family.value
        families[family] = families.get(family, 0.0) + value
    logits = rng.normal(0.0, 0.25, 3)
    logits[CLASSES.index(shown_class)] = logits.max() + 0.1
    output = float(logits[CLASSES.index(shown_class)])
    base = output - float(attributions.sum())
    attention = rng.dirichlet(np.linspace(0.3, 3.0, len(days)), size=n_heads).astype(np.float32)
    fields = {
        "symbol": symbol,
        "session": session,
        "model_id": model_id,
        "model_hash": "a" * 64,
        "method": Method.INTEGRATED_GRADIENTS,
        "baseline": "every feature at its training median, over the whole window",
        "class_names": CLASSES,
        "shown_class": shown_class,
        "output": output,
        "base_output": base,
        "additivity_error": 4e-7,
        "probabilities": np.exp(logits) / np.exp(logits).sum(),
        "base_probabilities": np.array([0.31, 0.36, 0.33]),
        "feature_names": FEATURES,
        "values": rng.normal(0.02, 0.4, len(FEATURES)),
        "scaled_days": rng.normal(0.0, 1.0, by_day.shape).astype(np.float32),
        "percentiles": rng.uniform(size=len(FEATURES)),
        "attributions": attributions,
        "standard_errors": np.zeros(len(FEATURES)),
        "window": days,
        "is_filled": np.zeros(len(days), dtype=np.bool_),
        "day_attributions": by_day,
        "family_attributions": families,
        "family_error": 1e-9,
        "attention": attention,
        "sentences": (
            "RSI 71 is high: pushes towards Up by 0.08",
            "The return of 20 sessions (+9.8 %) is high: pushes towards Up by 0.05",
        ),
    }
    return Explanation(**{**fields, **changes})  # type: ignore[arg-type]


def stamp(number: int = 2, status: ModelStatus = ModelStatus.CHAMPION) -> ModelStamp:
    """Return a model as an explanation names it."""
    return stamp_of(record(number, status))


EVIDENCE = BinEvidence(
    "0.40 to 0.45", "Up", 4_210, 1_702, 0.402, 0.369, 0.435, 0.391, -0.02, 0.04, "2003-05-29", "2013-02-14"
)  # fmt: skip


def why_of(found: Explanation | None = None, **changes: object) -> ModelWhy:
    """Return the panel's section on one explanation, by the model that serves."""
    found = found or explanation_of()
    fields = {
        "explanation": found,
        "lines": feature_lines(found),
        "families": families_of(found),
        "evidence": EVIDENCE,
        "deletion": DELETION,
        "stability": STABILITY,
    }
    why = ModelWhy(found.symbol, found.session, stamp(), stamp(), **fields)  # type: ignore[arg-type]
    return replace(why, **changes)  # type: ignore[arg-type]


def overview_of(n_symbols: int = 5, n_heads: int = 2, **changes: object) -> AttentionOverview:
    """Return the windows of some symbols."""
    symbols = ("AAPL", "FB", "GOOG", "IBM", "MSFT", *(f"SYN{number:03d}" for number in range(n_symbols)))
    lines = []
    for number, symbol in enumerate(symbols[:n_symbols]):
        found = explanation_of(symbol, seed=number, n_heads=n_heads)
        lines.append(
            AttentionLine(
                symbol, f"{symbol} Inc.", ("Energy", "Utilities")[number % 2], SESSION, found.shown_class,
                found.shown_probability, found.window, found.is_filled, found.attention,
            )
        )  # fmt: skip
    overview = AttentionOverview(
        status_of(SAMPLE, n_symbols), SESSION, stamp(), (stamp(), stamp(1, ModelStatus.RETIRED)),
        tuple(lines), 0, DELETION, None, is_newest=True,
    )  # fmt: skip
    return replace(overview, **changes)  # type: ignore[arg-type]


def importance_of(session: date = SESSION, seed: int = 0, n_symbols: int = 5) -> GlobalImportance:
    """Return what the universe's newest signals rest on."""
    rng = np.random.default_rng(seed)
    mean = rng.gamma(0.8, 0.03, len(FEATURES))
    families: dict[str, float] = {}
    for name, value in zip(FEATURES, mean.tolist(), strict=True):
        family = METADATA[name].family.value
        families[family] = families.get(family, 0.0) + value
    sectors = ("Communication Services", "Information Technology")
    n_points = n_symbols * len(FEATURES)
    return GlobalImportance(
        session=session,
        method=Method.INTEGRATED_GRADIENTS,
        n_signals=n_symbols,
        feature_names=FEATURES,
        mean_absolute=tuple(mean.tolist()),
        families=families,
        by_sector={name: tuple((mean * rng.uniform(0.5, 1.5, len(FEATURES))).tolist()) for name in sectors},
        n_by_sector={sectors[0]: n_symbols // 2, sectors[1]: n_symbols - n_symbols // 2},
        point_features=tuple(np.tile(np.arange(len(FEATURES)), n_symbols).tolist()),
        point_symbols=tuple(f"S{number}" for number in range(n_symbols) for _ in FEATURES),
        point_percentiles=tuple(rng.uniform(size=n_points).tolist()),
        point_attributions=tuple((np.tile(mean, n_symbols) * rng.normal(size=n_points)).tolist()),
    )


def permutation_of() -> PermutationImportance:
    """Return how much the loss grows without each feature."""
    rng = np.random.default_rng(5)
    return PermutationImportance(
        date(2012, 3, 1), SESSION, 1_200, 5, True, 1.06, FEATURES,
        tuple(rng.normal(0.001, 0.002, len(FEATURES)).tolist()), tuple([0.0008] * len(FEATURES)),
    )  # fmt: skip


def report_of(**changes: object) -> ImportanceReport:
    """Return what a model relies on, over three evenings."""
    days = (date(2013, 2, 27), date(2013, 2, 28), SESSION)
    history = tuple(importance_of(day, seed) for seed, day in enumerate(days))
    report = ImportanceReport(
        status_of(SAMPLE, 5), stamp(), (stamp(),), importance_of(), history, permutation_of(), STABILITY,
        {name: about.title for name, about in METADATA.items()},
        {name: FeatureFamily(about.family) for name, about in METADATA.items()},
    )  # fmt: skip
    return replace(report, **changes)  # type: ignore[arg-type]
