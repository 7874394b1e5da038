"""What a model would say if features had other values: a question, never a signal."""

from dataclasses import dataclass
from datetime import date

from models.domain.signals import Label


@dataclass(frozen=True)
class Adjustable:
    """A feature that can be given another value. ``low`` to ``high``: what training has seen."""

    name: str
    title: str
    value: float
    words: str
    low: float
    high: float


@dataclass(frozen=True)
class WhatIfGround:
    """What a question about a signal starts from: the strongest features whose values are known."""

    symbol: str
    session: date
    model_id: int
    features: tuple[Adjustable, ...]


@dataclass(frozen=True)
class Forecast:
    """What a model says, and what the signal comes to; ``label`` None where there is no score.

    ``score``: the model's, in [0, 1]. ``confluence``: with the other sources, None without any.
    """

    probabilities: tuple[float, ...]
    score: float
    confluence: float | None
    label: Label | None


@dataclass(frozen=True)
class WhatIfAnswer:
    """The forecast as it is and as it would be. ``changed``: title and value of what was changed, in words.

    ``counts``: whether the model's score has a weight in the signal.
    """

    class_names: tuple[str, ...]
    now: Forecast
    then: Forecast
    changed: tuple[tuple[str, str], ...]
    counts: bool
