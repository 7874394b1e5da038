"""Whether attention is a reason: what the model says without the days that it watched most.

References
----------
Serrano and Smith (2019), Is attention interpretable?, ACL, section 4; Jain and Wallace (2019), Attention is
not explanation, NAACL.
"""

import numpy as np
from scipy.stats import t as student_t

from models.domain.explanations import AttentionVerdict, DeletionTest
from services.ml.explanations.attributions import of_class
from services.ml.explanations.explainer import Explainer

_N_DRAWS = 10
_DROPPED_SHARE = 0.1  # of the days of a window
_CONFIDENCE = 0.95
_MIN_SESSIONS = 5  # fewer have no spread to speak of
_WINDOWS_AT_ONCE = 512


def deletion_test(
    explainer: Explainer,
    windows: np.ndarray,
    classes: np.ndarray,
    sessions: np.ndarray,
    rng: np.random.Generator,
) -> DeletionTest | None:
    """Set a tenth of the days to the baseline, the most attended or others, and compare the changes.

    Windows of one session see the same market and count as one observation; sessions whose windows do not
    overlap count as independent ones.

    Parameters
    ----------
    explainer : Explainer
    windows : float32 array, shape (n, n_days, n_features)
        As the model is shown them.
    classes : int array, shape (n,)
        Whose logit is watched.
    sessions : datetime64[D] array, shape (n,)
        Where each window ends.
    rng : numpy Generator
        Draws the random days.

    Returns
    -------
    DeletionTest or None
        None where the model has no attention, or there is no window.
    """
    heads = explainer.attention(windows)
    if heads.size == 0:
        return None
    attention = heads.mean(axis=1)
    n_windows, n_days = attention.shape
    n_dropped = max(1, round(_DROPPED_SHARE * n_days))
    by_attention = np.argsort(-attention, axis=1, kind="stable")
    newest = np.tile(np.arange(n_days - n_dropped, n_days), (n_windows, 1))
    draws = rng.random((_N_DRAWS, n_windows, n_days)).argsort(axis=2)[:, :, :n_dropped]
    before = of_class(explainer.outputs(windows), classes)

    def change(days: np.ndarray) -> np.ndarray:
        moved: np.ndarray = np.abs(_without(explainer, windows, classes, days) - before)
        return moved

    most, least = change(by_attention[:, :n_dropped]), change(by_attention[:, -n_dropped:])
    random = np.mean([change(days) for days in draws], axis=0)
    difference = _by_session(most - random, sessions)
    low, high = _interval(difference)
    verdict, reason = _judge(difference, low)
    return DeletionTest(
        first_session=sessions.min().item(),
        last_session=sessions.max().item(),
        n_windows=n_windows,
        n_sessions=difference.size,
        n_days_dropped=n_dropped,
        n_draws=_N_DRAWS,
        most=float(most.mean()),
        least=float(least.mean()),
        newest=float(change(newest).mean()),
        random=float(random.mean()),
        difference=float(difference.mean()),
        low=low,
        high=high,
        confidence=_CONFIDENCE,
        verdict=verdict,
        reason=reason,
    )


def _without(explainer: Explainer, windows: np.ndarray, classes: np.ndarray, days: np.ndarray) -> np.ndarray:
    parts = []
    for begin in range(0, len(windows), _WINDOWS_AT_ONCE):
        some = slice(begin, begin + _WINDOWS_AT_ONCE)
        changed = windows[some].copy()
        np.put_along_axis(changed, days[some, :, None], np.float32(0.0), axis=1)
        parts.append(of_class(explainer.outputs(changed), classes[some]))
    return np.concatenate(parts)


def _by_session(values: np.ndarray, sessions: np.ndarray) -> np.ndarray:
    distinct, of_session = np.unique(sessions, return_inverse=True)
    sums = np.bincount(of_session, weights=values, minlength=distinct.size)
    means: np.ndarray = sums / np.bincount(of_session, minlength=distinct.size)
    return means


def _interval(by_session: np.ndarray) -> tuple[float | None, float | None]:
    if by_session.size < _MIN_SESSIONS:
        return None, None
    reach = student_t.ppf(0.5 + _CONFIDENCE / 2.0, by_session.size - 1)
    error = by_session.std(ddof=1) / np.sqrt(by_session.size)
    return float(by_session.mean() - reach * error), float(by_session.mean() + reach * error)


def _judge(by_session: np.ndarray, low: float | None) -> tuple[AttentionVerdict, str]:
    if low is None:
        few = f"only {by_session.size} sessions whose windows do not overlap; {_MIN_SESSIONS} are needed"
        return AttentionVerdict.NOT_A_REASON, few
    watched = "dropping the days that the model watches most changes its output"
    if low <= 0.0:
        return AttentionVerdict.NOT_A_REASON, f"{watched} no more than dropping random ones"
    return AttentionVerdict.FAITHFUL, f"{watched} more than dropping random ones"
