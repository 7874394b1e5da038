"""The four ways in which returns are drawn, each fitted to the same completed history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

import numpy as np
from arch.bootstrap import optimal_block_length

from models.domain.risk import FitParameter
from models.domain.risk_request import RiskMethod
from services.quant.monte_carlo import kernels
from services.quant.monte_carlo.garch import filter_variance, fit_volatility
from services.quant.monte_carlo.history import BookHistory
from services.quant.monte_carlo.kernels import Paths
from services.quant.monte_carlo.student import fit_degrees_of_freedom

Report = Callable[[int, int, str], None]
_STILL = 1e-12
_LARGEST_VARIANCE = 0.25  # 50 % a session: an average that explodes on a rare path stays a number


class PathModel(Protocol):
    """A fitted method. ``parameters``: what it estimated; ``notes``: what a reader has to know."""

    @property
    def parameters(self) -> tuple[FitParameter, ...]:
        """What was estimated."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know."""

    def paths(
        self, rng: np.random.Generator, n_paths: int, n_sessions: int, weights: np.ndarray, cash: float
    ) -> Paths:
        """Walk a book, as ``kernels`` says."""


@dataclass(frozen=True, eq=False)
class GeometricBrownianMotion:
    """Normal log returns with the history's daily mean and covariance."""

    mean: np.ndarray
    factor: np.ndarray
    parameters: tuple[FitParameter, ...] = ()
    notes: tuple[str, ...] = ()

    def paths(
        self, rng: np.random.Generator, n_paths: int, n_sessions: int, weights: np.ndarray, cash: float
    ) -> Paths:
        """Walk a book, as ``kernels`` says."""
        if weights.size == 1:
            found: Paths = kernels.lognormal_paths_of_one(
                rng, n_paths, n_sessions, self.mean[0], self.factor[0, 0], weights[0], cash
            )
            return found
        return kernels.lognormal_paths(rng, n_paths, n_sessions, self.mean, self.factor, weights, cash)


@dataclass(frozen=True, eq=False)
class StudentT:
    """Simple returns of a multivariate t whose covariance is the history's."""

    mean: np.ndarray
    factor: np.ndarray  # of the scale: covariance (nu - 2) / nu
    degrees: float
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[FitParameter, ...]:
        """Degrees of freedom."""
        return (FitParameter("degrees of freedom", self.degrees),)

    def paths(
        self, rng: np.random.Generator, n_paths: int, n_sessions: int, weights: np.ndarray, cash: float
    ) -> Paths:
        """Walk a book, as ``kernels`` says."""
        return kernels.student_paths(
            rng, n_paths, n_sessions, self.mean, self.factor, self.degrees, weights, cash
        )


@dataclass(frozen=True, eq=False)
class BlockBootstrap:
    """Days of the history in blocks of a random length."""

    gross: np.ndarray
    block_sessions: float
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[FitParameter, ...]:
        """Mean length of a block."""
        return (FitParameter("mean block in sessions", self.block_sessions),)

    def paths(
        self, rng: np.random.Generator, n_paths: int, n_sessions: int, weights: np.ndarray, cash: float
    ) -> Paths:
        """Walk a book, as ``kernels`` says."""
        restart = 1.0 / self.block_sessions
        return kernels.bootstrap_paths(rng, n_paths, n_sessions, self.gross, restart, weights, cash)


@dataclass(frozen=True, eq=False)
class FilteredHistorical:
    """Standardised residuals of the history, scaled by the volatility that follows from today's."""

    residuals: np.ndarray
    dynamics: np.ndarray
    n_garch: int
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[FitParameter, ...]:
        """How many symbols have a GARCH of their own."""
        n_average = self.residuals.shape[1] - self.n_garch
        return (
            FitParameter("symbols with GARCH-t", float(self.n_garch)),
            FitParameter("symbols with EWMA 0.94", float(n_average)),
        )

    def paths(
        self, rng: np.random.Generator, n_paths: int, n_sessions: int, weights: np.ndarray, cash: float
    ) -> Paths:
        """Walk a book, as ``kernels`` says."""
        return kernels.filtered_paths(
            rng, n_paths, n_sessions, self.residuals, self.dynamics, _LARGEST_VARIANCE, weights, cash
        )


def fit_model(method: RiskMethod, history: BookHistory, weights: np.ndarray, report: Report) -> PathModel:
    """Fit a method to a book's history.

    Parameters
    ----------
    method : RiskMethod
    history : BookHistory
        Completed returns of the book's symbols.
    weights : float64 array, shape (n_symbols,)
        The length of blocks is that for the book's own returns.
    report : callable
        Told how far it is; may raise to stop.
    """
    return _FITS[method](history, weights, report)


def covariance_factor(returns: np.ndarray) -> np.ndarray:
    """Return an upper triangle R with R'R = covariance, also where that is singular.

    Parameters
    ----------
    returns : float64 array, shape (n_sessions, n_symbols)

    Returns
    -------
    float64 array, shape (min(n_sessions, n_symbols), n_symbols), C order
    """
    centred = (returns - returns.mean(axis=0)) / np.sqrt(returns.shape[0] - 1)
    return np.ascontiguousarray(np.linalg.qr(centred, mode="r"))


def block_length(returns: np.ndarray) -> float:
    """Return the mean block, in sessions, that suits a series and, if that is longer, its squares.

    The squares stand for volatility that clusters, which returns alone do not show.

    References
    ----------
    Politis and White (2004), Econometric Reviews 23, with the correction of Patton, Politis and White (2009).
    """
    if returns.var() < _STILL:
        return 1.0
    found = optimal_block_length(np.column_stack([returns, returns**2]))["stationary"].to_numpy()
    longest = float(np.nanmax(np.append(found, 1.0)))
    return min(max(longest, 1.0), returns.size / 2.0)


def _fit_gbm(history: BookHistory, _: np.ndarray, __: Report) -> PathModel:
    returns = history.log_returns
    return GeometricBrownianMotion(returns.mean(axis=0), covariance_factor(returns))


def _fit_student(history: BookHistory, _: np.ndarray, __: Report) -> PathModel:
    degrees = fit_degrees_of_freedom(history.returns)
    factor = covariance_factor(history.returns) * np.sqrt((degrees - 2.0) / degrees)
    return StudentT(history.returns.mean(axis=0), factor, degrees)


def _fit_bootstrap(history: BookHistory, weights: np.ndarray, _: Report) -> PathModel:
    return BlockBootstrap(
        np.ascontiguousarray(1.0 + history.returns), block_length(history.returns @ weights)
    )


def _fit_filtered(history: BookHistory, _: np.ndarray, report: Report) -> PathModel:
    returns = history.log_returns
    residuals = np.zeros_like(returns)
    dynamics = np.zeros((5, len(history.symbols)))
    n_garch = 0
    for column in range(returns.shape[1]):
        report(column, returns.shape[1], "fitting volatilities")
        own, whole = history.is_own[:, column], returns[:, column]
        model = replace(fit_volatility(whole[own]), mean=float(whole.mean()))
        variance = filter_variance(model, whole)
        n_garch += model.is_garch
        dynamics[:, column] = model.mean, variance[-1], model.omega, model.alpha, model.beta
        residuals[:, column] = _standardised(whole - model.mean, variance[:-1])
    notes = () if n_garch == returns.shape[1] else (_AVERAGE_NOTE,)
    return FilteredHistorical(residuals, dynamics, n_garch, notes)


def _standardised(shocks: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return residuals of mean 0 and variance 1; zeros where nothing moves."""
    if shocks.var() < _STILL:
        return np.zeros_like(shocks)
    residual = shocks / np.sqrt(variance)
    residual -= residual.mean()
    return np.asarray(residual / residual.std())


_AVERAGE_NOTE = (
    "Symbols with fewer than 500 returns of their own, or whose GARCH does not converge, have an exponential "
    "average of squared returns instead"
)
_FITS: Mapping[RiskMethod, Callable[[BookHistory, np.ndarray, Report], PathModel]] = MappingProxyType(
    {
        RiskMethod.GBM: _fit_gbm,
        RiskMethod.STUDENT_T: _fit_student,
        RiskMethod.BLOCK_BOOTSTRAP: _fit_bootstrap,
        RiskMethod.FILTERED_HISTORICAL: _fit_filtered,
    }
)
