"""Whether a model may count: the promotion gate, criterion by criterion, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.domain.registry import Criterion, GateDecision
from models.domain.trials import AuditCheck

MAX_REFIT_LOSS = 0.005  # of IC, that a refit of the champion's own configuration may show
PRIOR = "class_prior"


@dataclass(frozen=True)
class Contest:
    """What a model is held against.

    Evaluations are as stored for trials, on the same sessions; ``baselines`` by name, the class prior among
    them. ``champion``: that of the model in use, None without one. ``is_refit``: the model is the champion's
    own configuration, trained anew by schedule.
    """

    baselines: Mapping[str, Mapping[str, Any]]
    champion: Mapping[str, Any] | None = None
    champion_name: str = ""
    is_refit: bool = False


def promotion_gate(
    evaluation: Mapping[str, Any] | None, audit: Sequence[AuditCheck], contest: Contest
) -> GateDecision:
    """Return every criterion of the gate as it was found; the model passes if all hold.

    Parameters
    ----------
    evaluation : mapping, optional
        Of the model, as stored for trials; None if it was never judged, which no model survives.
    audit : sequence of AuditCheck
        Of its training; empty if there was none.
    contest : Contest
    """
    audited = _audited(audit)
    if evaluation is None:
        never = "It was never judged out of sample: train it with `python -m app train`"
        return GateDecision((audited, Criterion("judged", False, None, None, never)))
    if contest.is_refit and contest.champion is not None:
        return GateDecision((audited, _refit(evaluation, contest.champion)))
    criteria = [audited, _above_zero(evaluation), _against_baselines(evaluation, contest.baselines)]
    if contest.champion is not None:
        criteria.append(_against_champion(evaluation, contest.champion, contest.champion_name))
    criteria += [_calibrated(evaluation, contest.baselines.get(PRIOR)), _book(evaluation)]
    return GateDecision(tuple(criteria))


def _audited(audit: Sequence[AuditCheck]) -> Criterion:
    failed = [check.name for check in audit if not check.passed]
    if not audit:
        sentence = "No leakage audit looked at its training"
    elif failed:
        sentence = f"The leakage audit found something: {', '.join(failed)}"
    else:
        sentence = f"The leakage audit is clean: {len(audit)} checks"
    return Criterion("audit", bool(audit) and not failed, float(len(failed)), 0.0, sentence)


def _refit(evaluation: Mapping[str, Any], champion: Mapping[str, Any]) -> Criterion:
    own, before = _ic(evaluation), _ic(champion)
    loss = None if own is None or before is None else before - own
    passed = loss is not None and loss < MAX_REFIT_LOSS
    found = "is not known" if loss is None else f"is {loss:.4f}"
    sentence = f"The refit's loss of IC against the champion {found}; less than {MAX_REFIT_LOSS} is allowed"
    return Criterion("refit_loss", passed, loss, MAX_REFIT_LOSS, sentence)


def _above_zero(evaluation: Mapping[str, Any]) -> Criterion:
    low = _known(evaluation["ic_lower_bound"])
    passed = low is not None and low > 0.0
    if low is None:
        sentence = "The IC has no lower bound: too few sessions have one"
    elif passed:
        sentence = f"The IC is above 0 with 90 % confidence: its lower bound is {low:.4f}"
    else:
        sentence = f"No edge found: the IC's one-sided 90 % lower bound is {low:.4f}, not above 0"
    return Criterion("ic_above_zero", passed, low, 0.0, sentence)


def _against_baselines(
    evaluation: Mapping[str, Any], baselines: Mapping[str, Mapping[str, Any]]
) -> Criterion:
    known = {name: ic for name, found in baselines.items() if (ic := _ic(found)) is not None}
    own = _ic(evaluation)
    if not known:
        return Criterion("ic_baselines", False, own, None, "No baseline was judged beside it")
    best = max(known, key=lambda name: known[name])
    passed = own is not None and own >= known[best]
    sentence = (
        f"Its IC of {_said(own)} is {'no less than' if passed else 'below'} that of the best baseline "
        f"({best}), {known[best]:.4f}"
    )
    return Criterion("ic_baselines", passed, own, known[best], sentence)


def _against_champion(evaluation: Mapping[str, Any], champion: Mapping[str, Any], name: str) -> Criterion:
    own, theirs = _ic(evaluation), _ic(champion)
    passed = own is not None and (theirs is None or own >= theirs)
    sentence = (
        f"Its IC of {_said(own)} is {'no less than' if passed else 'below'} the champion's "
        f"({name}), {_said(theirs)}"
    )
    return Criterion("ic_champion", passed, own, theirs, sentence)


def _calibrated(evaluation: Mapping[str, Any], prior: Mapping[str, Any] | None) -> Criterion:
    own = _known(evaluation["metrics"]["brier"]["value"])
    limit = None if prior is None else _known(prior["metrics"]["brier"]["value"])
    if own is None or limit is None:
        return Criterion("brier", False, own, limit, "The class prior was not judged beside it")
    passed = own <= limit
    sentence = (
        f"Its Brier score of {own:.4f} is {'no worse' if passed else 'worse'} than the class prior's "
        f"{limit:.4f}"
    )
    return Criterion("brier", passed, own, limit, sentence)


def _book(evaluation: Mapping[str, Any]) -> Criterion:
    book = evaluation.get("book") or {}
    own, median = _known(book.get("excess_over_equal_weight")), _known(book.get("random_books_median_excess"))
    if own is None or median is None:
        return Criterion("book", False, own, median, "No book was made of its forecasts")
    passed = own > median
    sentence = (
        f"Its book's net return over the equal-weight universe, {_percent(own)} a year, is "
        f"{'above' if passed else 'not above'} the median of {book['n_random_books']:,} random books of the "
        f"same turnover, {_percent(median)}"
    )
    return Criterion("book", passed, own, median, sentence)


def _ic(evaluation: Mapping[str, Any]) -> float | None:
    return _known(evaluation["metrics"]["ic"]["value"])


def _known(value: Any) -> float | None:
    """Return a stored figure; what is not a number was stored as null."""
    return None if value is None else float(value)


def _said(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.4f}"


def _percent(share: float) -> str:
    return f"{100.0 * share:+.1f} %"
