"""Which method's value at risk deserves trust, by its back-test."""

import math

from models.domain.risk import BACKTEST_CONFIDENCES, BaselZone, RiskBacktest, VarBacktest
from models.domain.risk_view import MethodTrust, Trust, Verdict

_SIGNIFICANCE = 0.05


def judge_methods(backtest: RiskBacktest, confidence: float) -> Trust:
    """Return the verdict on every method, and which is the best at a confidence.

    A method passes if neither Kupiec's test nor Christoffersen's joint one rejects it at 5 %, and its newest
    sessions are not in the red zone. The best is, of those that pass, the one with the largest p-value; of
    none, the one whose exceptions come nearest to what was expected.

    Parameters
    ----------
    backtest : RiskBacktest
    confidence : float
        The nearest of those that were back-tested is taken.
    """
    tested = min(BACKTEST_CONFIDENCES, key=lambda one: (abs(one - confidence), one))
    verdicts = tuple(MethodTrust(one.method, one.confidence, verdict_of(one)) for one in backtest.results)
    results = [one for one in backtest.results if math.isclose(one.confidence, tested)]
    passing = [one for one in results if verdict_of(one) is Verdict.PASSES]
    best = max(passing, key=_p_value) if passing else min(results, key=_distance, default=None)
    return Trust(tested, verdicts, None if best is None else best.method, bool(passing))


def verdict_of(result: VarBacktest) -> Verdict:
    """Return what a back-test says of a method."""
    count_is_rejected = result.kupiec.p_value < _SIGNIFICANCE
    if count_is_rejected or result.zone.zone is BaselZone.RED:
        is_over = result.n_exceptions > result.n_expected or not count_is_rejected
        return Verdict.TOO_MANY if is_over else Verdict.TOO_FEW
    if result.joint is not None and result.joint.p_value < _SIGNIFICANCE:
        return Verdict.CLUSTERED
    return Verdict.PASSES


def _p_value(result: VarBacktest) -> float:
    return (result.joint or result.kupiec).p_value


def _distance(result: VarBacktest) -> float:
    return abs(result.n_exceptions - result.n_expected)
