"""Whose risk is asked for, and how much is to be simulated. Weights and returns are fractions."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from models.domain.errors import InvalidRequestError
from models.domain.plain_values import from_plain, to_plain

CASH = "CASH"
UNKNOWN_SECTOR = "Unknown"
MIN_PATHS, MAX_PATHS = 1_000, 1_000_000
MAX_HORIZON_SESSIONS = 252
# What the evening's job simulates the book of today over: by tomorrow, and the two weeks of regulators.
SCHEDULED_HORIZONS = (1, 10)
_LARGEST_SHOCK = 10.0


class RiskMethod(StrEnum):
    """How tomorrow's returns are drawn."""

    GBM = "gbm"  # geometric Brownian motion
    STUDENT_T = "student_t"  # multivariate
    BLOCK_BOOTSTRAP = "block_bootstrap"  # stationary
    FILTERED_HISTORICAL = "filtered_historical"


METHOD_TITLES: Mapping[RiskMethod, str] = MappingProxyType(
    {
        RiskMethod.GBM: "Geometric Brownian motion",
        RiskMethod.STUDENT_T: "Multivariate Student-t",
        RiskMethod.BLOCK_BOOTSTRAP: "Stationary block bootstrap",
        RiskMethod.FILTERED_HISTORICAL: "Filtered historical simulation",
    }
)


class BookOrigin(StrEnum):
    """Where a book comes from."""

    PORTFOLIO = "portfolio"  # what the rules of sizing hold on the newest signals
    EDITED = "edited"  # somebody's own weights
    REFERENCE = "reference_equal_weight"  # the universe at equal weights, where the portfolio is nearly empty


@dataclass(frozen=True)
class Book:
    """Weights as fractions of equity at the close of ``session``, negative where short.

    ``label``: what pages call it. ``cash``: what is not invested, so that all of it adds up to 1.
    ``note``: what a reader has to know; empty where nothing.
    """

    origin: BookOrigin
    label: str
    session: date
    symbols: tuple[str, ...]
    weights: tuple[float, ...]
    sectors: tuple[str, ...]
    cash: float
    note: str = ""

    @property
    def gross(self) -> float:
        """Sum of the weights' sizes."""
        return math.fsum(abs(weight) for weight in self.weights)

    @property
    def is_reference(self) -> bool:
        """Whether nobody holds it."""
        return self.origin is BookOrigin.REFERENCE


@dataclass(frozen=True)
class RiskSettings:
    """How much is simulated. The same settings, book and data give the same figures, bit for bit."""

    n_paths: int = 100_000
    horizon_sessions: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        _check_range("paths", self.n_paths, MIN_PATHS, MAX_PATHS)
        _check_range("sessions of horizon", self.horizon_sessions, 1, MAX_HORIZON_SESSIONS)
        _check_range("seed", self.seed, 0, 2**63 - 1)


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidRequestError(f"{value} {name}: give a whole number from {least:,} to {most:,}")


@dataclass(frozen=True)
class UserShock:
    """Returns that somebody supposes, as fractions (-0.2 falls by a fifth).

    A symbol's own comes before its sector's; whatever is named in neither does not move.
    """

    name: str
    by_symbol: tuple[tuple[str, float], ...] = ()
    by_sector: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse returns that no price can have."""
        for target, value in (*self.by_symbol, *self.by_sector):
            if not (math.isfinite(value) and -1.0 <= value <= _LARGEST_SHOCK):
                raise InvalidRequestError(
                    f"A shock of {value} for {target}: give a return from -1 (all lost) to {_LARGEST_SHOCK:g}"
                )


@dataclass(frozen=True)
class RiskRequest:
    """What is to be computed.

    ``weights``: symbol and weight of an edited book, ``CASH`` among them at will; None: the current book.
    ``shocks``: beside the usual ones.
    """

    weights: tuple[tuple[str, float], ...] | None = None
    methods: tuple[RiskMethod, ...] = tuple(RiskMethod)
    settings: RiskSettings = RiskSettings()
    shocks: tuple[UserShock, ...] = ()

    @property
    def key(self) -> str:
        """What a report is found by: the same for the same request, whatever the order of the symbols."""
        content = self.to_parameters()
        if self.weights is not None:
            content["weights"] = sorted(content["weights"])
        content["methods"] = sorted(content["methods"])
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def to_parameters(self) -> dict[str, Any]:
        """Return the request as the parameters of a job.

        Raises
        ------
        InvalidRequestError
            If a weight is not a finite number.
        """
        try:
            plain: dict[str, Any] = to_plain(self)
        except ValueError as error:
            raise InvalidRequestError(
                "A weight or shock is no finite number: give fractions such as 0.25"
            ) from error
        return plain

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "RiskRequest":
        """Return the request that a job was given.

        Raises
        ------
        InvalidRequestError
            If the parameters are of no request.
        """
        try:
            return from_plain(cls, dict(parameters))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise InvalidRequestError(f"The parameters are of no risk simulation: {error}") from error
