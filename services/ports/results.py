"""Repositories of what jobs computed: signals and risk."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol

import numpy as np
import pandas as pd

from models.domain.risk import RiskReport
from models.domain.signals import MaturedCounts


class SignalRepository(Protocol):
    """Indicators and signals."""

    def merge_indicators(
        self, frame: pd.DataFrame, now: datetime, on_rows: Callable[[int], None] | None = None
    ) -> int:
        """Store new or changed rows (instrument_id, session, values); return the rows written."""

    def merge_signals(
        self, frame: pd.DataFrame, now: datetime, on_rows: Callable[[int], None] | None = None
    ) -> int:
        """Store new or changed rows; a changed signal keeps its old version. Return the rows written."""

    def labels(self, instrument_ids: Sequence[int]) -> np.ndarray:
        """Return instrument_id, session, confluence and label (its place in ``LABELS``) of every signal.

        A structured array, sorted by instrument and session; confluence NaN where there is none.
        """

    def matured(self, dataset_id: int) -> MaturedCounts | None:
        """Return the counts of matured signals as saved last."""

    def save_matured(self, dataset_id: int, counts: MaturedCounts) -> None:
        """Replace the counts of matured signals."""

    def scored_with(self, dataset_id: int) -> str | None:
        """Return the digest of the code that the stored scores are of; None: not known."""

    def save_scored_with(self, dataset_id: int, code: str) -> None:
        """Note the digest of the code that everything stored was scored with."""

    def sessions_before(self, instrument_ids: np.ndarray, begin: date) -> np.ndarray:
        """Return how many sessions of its window each instrument had before its first from ``begin`` on."""

    def newest(self, dataset_id: int, as_of: date | None = None) -> pd.DataFrame:
        """Return the newest signal of each symbol up to ``as_of``, one row a symbol that has one."""


class RiskRepository(Protocol):
    """What could be lost, report by report."""

    def add(self, dataset_id: int, report: RiskReport) -> int:
        """Keep a report; return its id. Of an edited book's earlier ones only the key figures stay."""

    def newest(self, dataset_id: int, request_key: str, as_of: date | None = None) -> RiskReport | None:
        """Return the newest report of a request (``RiskRequest.key``) whose book is not later than a session.

        None where there is none with all its parts.
        """
