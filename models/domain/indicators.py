"""What there is to say of an indicator, for the registry and for the pages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IndicatorMetadata:
    """Name and nature of an indicator.

    ``warm_up_sessions``: the first value stands at this session, counted from 1.
    ``convergence_sessions``: after this many sessions the start of the history matters less than 1e-6.
    ``in_price_units``: the value scales with the price and is stored in the units of its own session.
    ``in_share_units``: the value counts shares, those of its own session: a split multiplies it.
    ``cumulative``: it adds up from the start and never forgets it; only its differences mean something, and
    only they converge.
    ``stored``: it has a column in the table of indicators; the others are computed when asked for.
    """

    name: str
    title: str
    family: str
    formula: str
    latex: str
    warm_up_sessions: int
    convergence_sessions: int
    in_price_units: bool
    source: str
    in_share_units: bool = False
    cumulative: bool = False
    stored: bool = False
