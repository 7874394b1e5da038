"""The correlation page: what the server tells when there is something new, and one pair over time."""

import base64
import hashlib
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Protocol

from dash import ALL, Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from callbacks.frame import present_frame
from callbacks.past_session import day_of, past_session
from callbacks.shell import browser
from callbacks.symbols import is_ticker, shortened
from components import formats, states
from components.correlation_cards import (
    extremes_card,
    left_out_card,
    measures_card,
    pair_head,
    pair_note,
    summary,
    warnings_card,
)
from components.figures.rolling_pair import rolling_source
from components.filters import sector_chips
from components.ids import Correlation, Shell
from models.domain.correlation import (
    SCALE,
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
class MatrixView:
    """What a look at the matrix changes on the page, in the order of the callback's outputs.

    ``no_update`` keeps what is on the screen. ``frame``, last, is no output: properties of the shell, by id.
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
    frame: dict[str, dict[str, Any]] = field(default_factory=dict)

    def outputs(self) -> tuple[Any, ...]:
        """Return what belongs to the page itself."""
        return tuple(getattr(self, each.name) for each in fields(self) if each.name != "frame")


@dataclass(frozen=True)
class PairView:
    """What the card of the chosen pair shows, in the order of the callback's outputs."""

    source: Any = no_update
    head: Any = no_update
    note: Any = no_update
    is_hidden: Any = False


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


def matrix_source(matrix: CorrelationMatrix) -> dict[str, Any]:
    """Return the matrix as the browser draws it: its triangle in base64, its lines and blocks."""
    names = sorted({line.sector for line in matrix.lines})
    places = {name: place for place, name in enumerate(names)}
    return {
        "triangle": base64.b64encode(matrix.triangle.astype("<i2").tobytes()).decode(),
        "scale": SCALE,
        "sectors": names,
        "lines": [[list(line.symbols), line.name, places[line.sector]] for line in matrix.lines],
        "blocks": [[block.start, block.end, block.label, block.average] for block in matrix.blocks],
        "words": _described(matrix),
    }


def _described(matrix: CorrelationMatrix) -> str:
    per_line = max(len(line.symbols) for line in matrix.lines)
    grouped = f" Each line is the mean of {per_line} neighbours." if per_line > 1 else ""
    return (
        f"Correlations of {formats.count(matrix.n_symbols)} symbols, average "
        f"{matrix.measures.average:.2f}.{grouped} The most and the least alike pairs are listed beside it."
    )


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
    state = states.error_state(
        "The database is out of reach",
        "Nothing is lost. This page tries again by itself and fills in when it answers.",
    )
    return MatrixView(state=state, page_class=WAITING, is_activity_poll_off=False)


def present_pair(queries: CorrelationReader, pair: list[str] | None, asked: dict[str, Any]) -> PairView:
    """Return the chosen pair over time; nothing is shown without one."""
    if not pair or len(pair) != 2:
        return PairView(is_hidden=True)
    first, second = pair
    wrong = next((symbol for symbol in pair if not is_ticker(symbol)), None)
    if wrong is not None:
        return _no_pair(f"“{shortened(wrong)}” is no ticker")
    try:
        request = read_request(asked)
        found = queries.pair(first, second, request.method, request.window_sessions, request.as_of)
    except UserError as refused:
        return _no_pair(str(refused))
    except DatabaseUnavailableError:
        return PairView(is_hidden=no_update)
    return PairView(rolling_source(found), pair_head(found), pair_note(found))


def _no_pair(why: str) -> PairView:
    return PairView(source=None, head=states.error_line(f"{why}."), note="")


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
        for name, properties in view.frame.items():
            set_props(name, properties)
        return view.outputs()

    @app.callback(
        Output(Correlation.PAIR_SOURCE, "data"),
        Output(Correlation.PAIR_HEAD, "children"),
        Output(Correlation.PAIR_NOTE, "children"),
        Output(Correlation.PAIR_CARD, "hidden"),
        Input(Shell.REVISION, "data"),
        Input(Correlation.PAIR, "data"),
        Input(Correlation.ASKED, "data"),
    )
    def show_pair(
        revision: dict[str, Any] | None, pair: list[str] | None, asked: dict[str, Any] | None
    ) -> tuple[Any, ...]:
        if revision is None or asked is None:
            raise PreventUpdate
        view = present_pair(queries, pair, asked)
        return tuple(getattr(view, each.name) for each in fields(view))

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
    app.clientside_callback(
        browser("placePairChart"),
        Output(Correlation.PAIR_CHART_SLOT, "children"),
        Input(Correlation.PAIR_SOURCE, "data"),
        State(Correlation.PAIR_CHART_SLOT, "children"),
    )
    app.clientside_callback(
        browser("drawPair"),
        Output(Correlation.PAIR_CHART, "figure"),
        Input(Correlation.PAIR_SOURCE, "data"),
        Input(Shell.APPEARANCE, "data"),
        Input(Correlation.PAIR_CHART_SLOT, "children"),
        State(Shell.TEMPLATES, "data"),
    )
