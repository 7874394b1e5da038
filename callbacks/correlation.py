"""The correlation page: what the server tells when there is something new, and one pair over time."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from dash import ALL, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.frame import PageView, present_frame
from callbacks.past_session import day_of, past_session
from callbacks.shell import browser
from components import states
from components.correlation_cards import (
    extremes_card,
    left_out_card,
    measures_card,
    summary,
    warnings_card,
)
from components.figures.correlation_matrix import matrix_source
from components.filters import sector_chips
from components.ids import Correlation, Shell
from models.domain.correlation import (
    CorrelationMatrix,
    CorrelationMethod,
    CorrelationRequest,
    MatrixOrder,
    RollingPair,
)
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError, UserError
from models.domain.feed import Activity
from models.domain.market import DatasetStatus

READY = "correlation"
WAITING = "correlation is-waiting"
_PAST_WORDS = "with prices as they are believed today"


class CorrelationReader(Protocol):
    """What the correlation page asks; ``services.queries.correlation`` answers."""

    def matrix(self, request: CorrelationRequest) -> CorrelationMatrix:
        """Return the matrix of the universe or of one sector."""

    def pair(
        self, first: str, second: str, method: CorrelationMethod, window_sessions: int, as_of: date | None
    ) -> RollingPair:
        """Return two symbols over time."""

    def sectors(self) -> tuple[tuple[str, int], ...]:
        """Return the sectors that can be chosen, with their numbers of symbols."""

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange, empty where they are not."""

    def activity(self) -> Activity:
        """Return what the worker does now."""


@dataclass(frozen=True)
class MatrixView(PageView):
    """What a look at the matrix changes on the page, in the order of the callback's outputs.

    ``no_update`` keeps what is on the screen.
    """

    loaded: Any = no_update
    source: Any = no_update
    summary: Any = no_update
    sectors: Any = no_update
    measures: Any = no_update
    warnings: Any = no_update
    extremes: Any = no_update
    left_out: Any = no_update
    past: Any = no_update
    state: Any = no_update
    page_class: Any = no_update
    is_activity_poll_off: bool = True
    error: Any = None


def read_request(asked: dict[str, Any]) -> CorrelationRequest:
    """Return the matrix that the address names; the browser has left out what there is none of.

    Raises
    ------
    InvalidRequestError
        If the window is too short or too long.
    """
    return CorrelationRequest(
        method=CorrelationMethod(asked.get("method") or CorrelationMethod.PEARSON),
        window_sessions=int(asked.get("window") or 252),
        order=MatrixOrder(asked.get("order") or MatrixOrder.CLUSTERS),
        sector=asked.get("sector") or None,
        as_of=day_of(asked.get("date")),
    )


def present_matrix(
    queries: CorrelationReader, asked: dict[str, Any], loaded: dict[str, Any] | None
) -> MatrixView:
    """Return the matrix asked for; where it cannot be had, what to say. A matrix on the screen stays.

    ``loaded``: what the page holds; the same matrix is not sent twice.
    """
    is_shown = bool(loaded and loaded.get("version"))
    try:
        matrix = queries.matrix(read_request(asked))
    except NotYetComputedError as missing:
        return _without_prices(queries, str(missing), asked, is_shown=is_shown)
    except UserError as refused:
        return _refused(queries, str(refused), asked, loaded)
    except DatabaseUnavailableError:
        return _database_gone(is_shown=is_shown)
    version = version_of(matrix)
    if loaded is not None and loaded.get("version") == version:
        return MatrixView(loaded={**loaded, "asked": asked}, state=[], page_class=READY)
    as_of = matrix.last
    return MatrixView(
        loaded=_loaded(matrix, version, asked),
        source=matrix_source(matrix),
        summary=summary(matrix),
        sectors=_chips(matrix.sectors),
        measures=measures_card(matrix),
        warnings=warnings_card(matrix),
        extremes=extremes_card(matrix),
        left_out=left_out_card(matrix),
        past=[] if matrix.is_newest else past_session(as_of, matrix.request.as_of, _PAST_WORDS),
        state=[],
        page_class=READY,
        frame=present_frame(matrix.status, as_of, matrix.status.n_symbols, queries.staleness(matrix.status)),
    )


def version_of(matrix: CorrelationMatrix) -> str:
    """Return what tells one matrix from another."""
    digest = hashlib.sha256(matrix.triangle.tobytes())
    digest.update(repr((matrix.request, matrix.first, matrix.last, matrix.status)).encode())
    return digest.hexdigest()[:16]


def _loaded(matrix: CorrelationMatrix, version: str, asked: dict[str, Any]) -> dict[str, Any]:
    first, last = matrix.status.first_session or matrix.first, matrix.status.last_session or matrix.last
    return {
        "version": version,
        "asked": asked,
        "as_of": matrix.last.isoformat(),
        "first": first.isoformat(),
        "last": last.isoformat(),
    }


def _chips(sectors: tuple[tuple[str, int], ...]) -> Any:
    every = (name for name, n_symbols in sectors for _ in range(n_symbols))
    return sector_chips(every, Correlation.SECTOR_FILTER, Correlation.SECTOR_COUNT)


def _refused(
    queries: CorrelationReader, why: str, asked: dict[str, Any], loaded: dict[str, Any] | None
) -> MatrixView:
    """Say what cannot be had; the choice of sectors is there, for it may be the way out."""
    if loaded and loaded.get("version"):
        line = states.error_line(f"{why}. The matrix below is the last that could be computed.")
        return MatrixView(error=line, loaded={**loaded, "asked": asked})
    try:
        sectors = _chips(queries.sectors())
    except (UserError, DatabaseUnavailableError):
        sectors = no_update
    state = states.error_state("This matrix cannot be computed", f"{why}.")
    return MatrixView(state=state, page_class=WAITING, sectors=sectors, loaded={"asked": asked})


def _without_prices(
    queries: CorrelationReader, missing: str, asked: dict[str, Any], *, is_shown: bool
) -> MatrixView:
    if is_shown:
        line = states.error_line(f"{missing} The matrix below is the last that was computed.")
        return MatrixView(error=line)
    try:
        activity = queries.activity()
    except DatabaseUnavailableError:
        return _database_gone(is_shown=False)
    state = states.first_data(missing, activity, "prices")
    return MatrixView(state=state, page_class=WAITING, is_activity_poll_off=False, loaded={"asked": asked})


def _database_gone(*, is_shown: bool) -> MatrixView:
    if is_shown:
        # The line under the top row says so, and since when; the browser knows both.
        return MatrixView()
    return MatrixView(state=states.database_gone(), page_class=WAITING, is_activity_poll_off=False)


def register(app: Dash, queries: CorrelationReader) -> None:
    """Connect the page."""

    @app.callback(
        Output(Correlation.LOADED, "data"),
        Output(Correlation.SOURCE, "data"),
        Output(Correlation.SUMMARY, "children"),
        Output(Correlation.SECTORS, "children"),
        Output(Correlation.MEASURES, "children"),
        Output(Correlation.WARNINGS, "children"),
        Output(Correlation.EXTREMES, "children"),
        Output(Correlation.LEFT_OUT, "children"),
        Output(Correlation.PAST, "children"),
        Output(Correlation.STATE, "children"),
        Output(Correlation.ROOT, "className"),
        Output(Correlation.ACTIVITY_POLL, "disabled"),
        Output(Correlation.ERROR, "children"),
        Input(Shell.REVISION, "data"),
        Input(Correlation.ASKED, "data"),
        Input(Correlation.ACTIVITY_POLL, "n_intervals"),
        State(Correlation.LOADED, "data"),
    )
    def show_matrix(
        revision: dict[str, Any] | None,
        asked: dict[str, Any] | None,
        _tick: int | None,
        loaded: dict[str, Any] | None,
    ) -> tuple[Any, ...]:
        if revision is None or asked is None:
            raise PreventUpdate
        view = present_matrix(queries, asked, loaded)
        return view.show()

    _register_browser(app)


def _register_browser(app: Dash) -> None:
    app.clientside_callback(
        browser("askCorrelation"),
        Output(Correlation.ASKED, "data"),
        Output(Correlation.PAIR, "data"),
        Output(Correlation.NOTICE, "children"),
        Output(Correlation.WINDOW, "value"),
        Output({"type": Correlation.METHOD_CHOICE, "value": ALL}, "aria-pressed"),
        Output({"type": Correlation.ORDER_CHOICE, "value": ALL}, "aria-pressed"),
        Input(Shell.VIEW, "data"),
        State(Correlation.ASKED, "data"),
        State(Correlation.PAIR, "data"),
    )
    app.clientside_callback(
        browser("chooseWindow"), Input(Correlation.WINDOW, "value"), prevent_initial_call=True
    )
    app.clientside_callback(
        browser("showCorrelationSectors"),
        Output({"type": Correlation.SECTOR_FILTER, "value": ALL}, "className"),
        Output({"type": Correlation.SECTOR_FILTER, "value": ALL}, "aria-pressed"),
        Input(Shell.VIEW, "data"),
        Input(Correlation.SECTORS, "children"),
        Input(Correlation.LOADED, "data"),
    )
    app.clientside_callback(
        browser("drawMatrix"),
        # Without an output Dash would run it on pages that lack the matrix.
        Output(Correlation.MATRIX, "className"),
        Input(Correlation.SOURCE, "data"),
        Input(Shell.APPEARANCE, "data"),
        Input(Correlation.PAIR, "data"),
    )
