"""Everything that is said of forecasts, with its interval and its sample."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from models.domain.judging import Evaluation, Interval, PartResult
from services.quant.judging.classification import (
    accuracy,
    balanced_accuracy,
    brier,
    calibration_gaps_by_session,
    confusion_by_session,
    expected_calibration_error,
    f1_macro,
    log_loss,
    losses_by_session,
    matthews,
)
from services.quant.judging.evidence import CONFIDENCE_EDGES, confidence_bins, evidence_by_signal
from services.quant.judging.intervals import (
    Figure,
    biased_interval,
    block_interval,
    lower_bound,
    session_draws,
)
from services.quant.judging.ranking import (
    area_of_counts,
    detectable_ic,
    ic_sums,
    mean_of_sums,
    rank_ic,
    score_counts_by_session,
)

_MIN_BLOCK_SESSIONS = 21  # a month: volatility and mood last longer than labels do
_DRAWS_SEED = 20_000
_OF_CONFUSION: Mapping[str, Figure] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "mcc": matthews,
    "f1": f1_macro,
}
_OF_LOSSES: Mapping[str, Figure] = {"brier": brier, "log_loss": log_loss}


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Forecasts beside what came of them; arrays of n_samples.

    ``labels``: -1 where the future is not known yet. ``returns``: forward total return by horizon in
    sessions, NaN where unknown, the label's own horizon among them. ``sectors``: any codes.
    """

    probabilities: np.ndarray  # float64, shape (n_samples, n_classes)
    labels: np.ndarray
    sessions: np.ndarray  # datetime64[D]
    sectors: np.ndarray
    returns: Mapping[int, np.ndarray]

    @property
    def direction(self) -> np.ndarray:
        """P(Up) - P(Down), float64, shape (n_samples,)."""
        found: np.ndarray = self.probabilities[:, -1] - self.probabilities[:, 0]
        return found


def evaluate_forecasts(
    outcomes: Outcomes, horizon_sessions: int, sector_names: Mapping[int, str] | None = None
) -> Evaluation:
    """Judge forecasts on all their sessions.

    Parameters
    ----------
    outcomes : Outcomes
    horizon_sessions : int
        Of the labels; blocks of the bootstrap are a month or as long as this.
    sector_names : mapping, optional
        What sectors are called; those not in it are left out.

    Returns
    -------
    Evaluation
        Rows without a label count for nothing.
    """
    known = outcomes.labels >= 0
    labels, probabilities = outcomes.labels[known].astype(np.int64), outcomes.probabilities[known]
    days, places = np.unique(outcomes.sessions[known], return_inverse=True)
    direction = outcomes.direction[known]
    n_classes = probabilities.shape[1]
    draws = session_draws(
        days.size, max(_MIN_BLOCK_SESSIONS, horizon_sessions), np.random.default_rng(_DRAWS_SEED)
    )
    confusion = confusion_by_session(probabilities.argmax(axis=1), labels, places, days.size, n_classes)
    losses = losses_by_session(probabilities, labels, places, days.size)
    n = labels.size
    metrics = {name: block_interval(confusion, figure, draws, n) for name, figure in _OF_CONFUSION.items()}
    metrics |= {name: block_interval(losses, figure, draws, n) for name, figure in _OF_LOSSES.items()}
    gaps = calibration_gaps_by_session(probabilities, labels, places, days.size)
    metrics["calibration_error"] = biased_interval(gaps, expected_calibration_error, draws, n)
    returns = outcomes.returns[horizon_sessions][known]
    ic = rank_ic(direction, returns, places, days.size)
    sums = ic_sums(ic)
    metrics["ic"] = block_interval(sums, mean_of_sums, draws, n)
    moved = (labels == 0) | (labels == n_classes - 1)
    counts = score_counts_by_session(
        direction[moved], labels[moved] == n_classes - 1, places[moved], days.size
    )
    metrics["auc"] = block_interval(counts, area_of_counts, draws, int(moved.sum()))
    spread = float(np.nanstd(ic)) if np.isfinite(ic).any() else float("nan")
    return Evaluation(
        n=n,
        n_sessions=int(days.size),
        first_session=str(days[0]) if days.size else "",
        last_session=str(days[-1]) if days.size else "",
        metrics=metrics,
        ic_lower_bound=lower_bound(sums, mean_of_sums, draws),
        ic_information_ratio=metrics["ic"].value / spread if spread > 0.0 else float("nan"),
        power=detectable_ic(ic, horizon_sessions),
        confusion=confusion.sum(axis=0).reshape(n_classes, n_classes).astype(int).tolist(),
        by_year=_parts(_years(days)[places], str, probabilities, labels, ic, places),
        by_sector=_by_sector(outcomes.sectors[known], sector_names or {}, probabilities, labels),
        by_confidence=_by_confidence(probabilities, labels),
        by_signal=evidence_by_signal(probabilities, labels, places, draws),
        ic_by_horizon={
            horizon: _mean_ic(direction, values[known], places, days.size)
            for horizon, values in outcomes.returns.items()
        },
        daily_ic=ic,
        sessions=days,
    )


def _years(days: np.ndarray) -> np.ndarray:
    found: np.ndarray = days.astype("datetime64[Y]").astype(int) + 1970
    return found


def _parts(
    group: np.ndarray,
    name: Callable[[int], str],
    probabilities: np.ndarray,
    labels: np.ndarray,
    ic: np.ndarray,
    places: np.ndarray,
) -> tuple[PartResult, ...]:
    found = []
    for value in np.unique(group).tolist():
        inside = group == value
        mean_ic = float(np.nanmean(ic[np.unique(places[inside])])) if np.isfinite(ic).any() else float("nan")
        found.append(_part(name(value), probabilities[inside], labels[inside], mean_ic))
    return tuple(found)


def _by_sector(
    sectors: np.ndarray, names: Mapping[int, str], probabilities: np.ndarray, labels: np.ndarray
) -> tuple[PartResult, ...]:
    present = [code for code in np.unique(sectors).tolist() if code in names]
    return tuple(
        _part(names[code], probabilities[sectors == code], labels[sectors == code]) for code in present
    )


def _by_confidence(probabilities: np.ndarray, labels: np.ndarray) -> tuple[PartResult, ...]:
    bins = confidence_bins(probabilities)
    found = []
    for place in np.unique(bins).tolist():
        inside = bins == place
        low, high = CONFIDENCE_EDGES[place : place + 2]
        found.append(_part(f"{low:.2f} to {high:.2f}", probabilities[inside], labels[inside]))
    return tuple(found)


def _part(name: str, probabilities: np.ndarray, labels: np.ndarray, ic: float = float("nan")) -> PartResult:
    is_right = probabilities.argmax(axis=1) == labels
    commonest = np.bincount(labels, minlength=probabilities.shape[1]).max(initial=0)
    n = labels.size
    return PartResult(
        name,
        n,
        float(is_right.mean()),
        float(commonest / n),
        float(probabilities.max(axis=1).mean()),
        ic,
    )


def _mean_ic(direction: np.ndarray, returns: np.ndarray, places: np.ndarray, n_sessions: int) -> float:
    ic = rank_ic(direction, returns, places, n_sessions)
    return float(np.nanmean(ic)) if np.isfinite(ic).any() else float("nan")


def interval_of_difference(ours: Evaluation, theirs: Evaluation, confidence: float = 0.95) -> Interval | None:
    """Return how much more IC one has than the other, over the sessions that both have; None without any."""
    shared = np.intersect1d(ours.sessions, theirs.sessions)
    if shared.size < 2:
        return None
    parts = [one.daily_ic[np.searchsorted(one.sessions, shared)] for one in (ours, theirs)]
    sums = ic_sums(parts[0] - parts[1])
    draws = session_draws(shared.size, _MIN_BLOCK_SESSIONS, np.random.default_rng(_DRAWS_SEED))
    return block_interval(sums, mean_of_sums, draws, int(sums[:, 1].sum()), confidence)
