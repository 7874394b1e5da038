"""How good prices are, as a job assesses it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class QualityTotals:
    """Quality over all symbols; shares in [0, 1], None where there is nothing to share out.

    ``findings`` counts quarantined rows and flagged bars by rule.
    """

    n_symbols: int
    n_bars: int
    completeness: float | None
    validity: float | None
    timeliness: float | None
    uniqueness: float | None
    n_quarantined: int
    n_flagged: int
    findings: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Assessment:
    """Quality of a dataset.

    ``scores``, one row a symbol: instrument_id, symbol, completeness, validity, timeliness, uniqueness,
    n_bars, n_expected, n_quarantined, n_flagged, longest_gap_sessions, first_session, last_session.
    ``sessions``: session, n_expected (symbols listed that day), n_present (those with a bar), ascending.
    """

    scores: pd.DataFrame
    sessions: pd.DataFrame
    run: QualityTotals
