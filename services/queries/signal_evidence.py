"""What came of past signals like one: the same class shown with the same confidence, out of sample."""

from collections.abc import Mapping
from typing import Any

from models.domain.explanation_views import BinEvidence, Shortage
from models.domain.explanations import Explanation
from models.domain.registry import ModelRecord

_MIN_SESSIONS = 30  # on fewer the spread itself is not known well enough
_UNKNOWN: Mapping[str, None] = {"low": None, "high": None}


def evidence_of(record: ModelRecord, found: Explanation) -> BinEvidence | None:
    """Return the evidence beside an explained signal.

    Where too few past signals showed the class, those of any class with this confidence stand in, called so.

    Returns
    -------
    BinEvidence or None
        None where the model was not judged, or never at this confidence.
    """
    judged = record.evaluation or {}
    cells = judged.get("by_signal", ())
    shown = found.class_names.index(found.shown_class)
    alike = [one for one in cells if _holds(one, found.shown_probability)]
    of_class = next((one for one in alike if one["shown"] == shown), None)
    of_any = next((one for one in alike if one["shown"] is None), None)
    if of_class is not None and _is_enough(of_class):
        return _evidence(of_class, judged, found.shown_class)
    if of_any is None:
        return None
    n, n_sessions = (0, 0) if of_class is None else (of_class["n"], of_class["n_sessions"])
    return _evidence(of_any, judged, "", Shortage(found.shown_class, n, n_sessions))


def _holds(cell: Mapping[str, Any], confidence: float) -> bool:
    low, high = cell["confidence_from"], cell["confidence_to"]
    return bool(low <= confidence < high or confidence >= high == 1.0)


def _is_enough(cell: Mapping[str, Any]) -> bool:
    return bool(cell["n_sessions"] >= _MIN_SESSIONS and cell["excess"]["low"] is not None)


def _evidence(
    cell: Mapping[str, Any], judged: Mapping[str, Any], shown: str, shortage: Shortage | None = None
) -> BinEvidence:
    accuracy, excess = ((cell[name] if _is_enough(cell) else _UNKNOWN) for name in ("accuracy", "excess"))
    return BinEvidence(
        bin=f"{cell['confidence_from']:.2f} to {cell['confidence_to']:.2f}",
        shown=shown,
        n=cell["n"],
        n_sessions=cell["n_sessions"],
        accuracy=cell["accuracy"]["value"],
        low=accuracy["low"],
        high=accuracy["high"],
        base_rate=cell["base_rate"],
        excess_low=excess["low"],
        excess_high=excess["high"],
        first_session=judged.get("first_session", ""),
        last_session=judged.get("last_session", ""),
        shortage=shortage,
    )
