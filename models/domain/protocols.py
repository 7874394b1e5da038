"""Published benchmarks: what is asked, of which days, and what others reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class ProtocolPart(StrEnum):
    """What a run is judged on. Settings are chosen on validation; the test is read with what was chosen."""

    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True)
class PublishedResult:
    """What a publication reports; shares, not per cent."""

    model: str
    accuracy: float
    mcc: float
    source: str


@dataclass(frozen=True)
class Protocol:
    """A benchmark's rules.

    A sample is a window of ``window_sessions`` and the return of the session after it: up from ``up_from``
    on, down to ``down_to``, otherwise left out. The session of that return decides whether it trains (from
    ``train_from``), validates (from ``validation_from``) or tests (``test_from`` to ``test_to``).
    ``model_settings``: by model, what differs there from its standard configuration.
    """

    name: str
    drop_symbols: tuple[str, ...]
    window_sessions: int
    feature_set: str
    train_from: date
    validation_from: date
    test_from: date
    test_to: date
    up_from: float
    down_to: float
    published: tuple[PublishedResult, ...] = ()
    model_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
