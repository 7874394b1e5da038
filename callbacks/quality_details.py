"""The calendar of the data-quality page, and what stands behind one symbol."""

from dataclasses import dataclass, fields
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.data_quality import QualityReader
from callbacks.shell import browser
from callbacks.symbols import is_ticker, shortened
from components import states
from components.figures.completeness import calendar_source
from components.ids import DataQuality, Shell
from components.quality_calendar import year_buttons
from components.symbol_evidence import symbol_body, symbol_head
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError, UnknownSymbolError


@dataclass(frozen=True)
class EvidenceView:
    """What the panel shows, in the order of the callback's outputs; ``no_update`` keeps what is there.

    ``shown``: the symbol whose data or message the panel holds now, and whether it has data.
    """

    shown: Any
    head: Any = no_update
    note: Any = None
    body: Any = no_update


def present_calendar(queries: QualityReader, asked_year: int | None) -> tuple[Any, Any]:
    """Return the calendar's figure and its buttons; a year without sessions gives the newest."""
    try:
        report = queries.report()
    except (NotYetComputedError, DatabaseUnavailableError):
        return no_update, no_update
    years = sorted(set((report.session.astype("datetime64[Y]").astype(int) + 1970).tolist()))
    if not years:
        return no_update, no_update
    year = asked_year if asked_year is not None and asked_year in years else years[-1]
    source = calendar_source(report.session, report.n_expected, report.n_present, year)
    return source, year_buttons(years, year)


def present_symbol(queries: QualityReader, symbol: str, shown: dict[str, Any] | None) -> EvidenceView:
    """Return one symbol's evidence, or a sentence why there is none. Its own data stay on a fault."""
    if not is_ticker(symbol):
        return _message(symbol, f"“{shortened(symbol)}” is no ticker", "Pick one from the table.")
    try:
        evidence = queries.symbol(symbol)
    except UnknownSymbolError:
        return _message(symbol, f"No symbol {symbol} was assessed", "Pick one from the table.")
    except NotYetComputedError as missing:
        return _message(symbol, f"Nothing to show of {symbol} yet", str(missing))
    except DatabaseUnavailableError:
        return _database_gone(symbol, shown)
    return EvidenceView(
        shown={"symbol": symbol, "has_data": True}, head=symbol_head(evidence.row), body=symbol_body(evidence)
    )


def _database_gone(symbol: str, shown: dict[str, Any] | None) -> EvidenceView:
    if shown and shown.get("symbol") == symbol and shown.get("has_data"):
        note = states.error_line("The database is out of reach; this is what was read last.")
        return EvidenceView(shown=no_update, note=note)
    return _message(
        symbol, "The database is out of reach", "Nothing is lost; the panel fills in when it answers again."
    )


def _message(symbol: str, title: str, remedy: str) -> EvidenceView:
    note: Component = states.empty_state(title, remedy)
    return EvidenceView(shown={"symbol": symbol, "has_data": False}, head=[], note=note, body=[])


def register(app: Dash, queries: QualityReader) -> None:
    """Connect the calendar, the symbol's panel and the drawing of both figures."""

    @app.callback(
        Output(DataQuality.CALENDAR_SOURCE, "data"),
        Output(DataQuality.YEARS, "children"),
        Input(DataQuality.LOADED, "data"),
        Input(DataQuality.YEAR, "data"),
    )
    def show_calendar(loaded: dict[str, Any] | None, year: int | None) -> tuple[Any, Any]:
        if loaded is None:
            raise PreventUpdate
        return present_calendar(queries, year)

    @app.callback(
        Output(DataQuality.PANEL_SHOWN, "data"),
        Output(DataQuality.PANEL_HEAD, "children"),
        Output(DataQuality.PANEL_NOTE, "children"),
        Output(DataQuality.PANEL_BODY, "children"),
        Input(DataQuality.SELECTED, "data"),
        Input(Shell.REVISION, "data"),
        State(DataQuality.PANEL_SHOWN, "data"),
    )
    def show_symbol(
        symbol: str | None, revision: dict[str, Any] | None, shown: dict[str, Any] | None
    ) -> tuple[Any, ...]:
        if not symbol or revision is None:
            raise PreventUpdate
        view = present_symbol(queries, symbol, shown)
        return tuple(getattr(view, each.name) for each in fields(view))

    app.clientside_callback(
        browser("select"),
        Output(DataQuality.SELECTED, "data"),
        Input(Shell.VIEW, "data"),
        State(DataQuality.SELECTED, "data"),
    )
    app.clientside_callback(
        browser("panelClass"),
        Output(DataQuality.PANEL, "className"),
        Output(DataQuality.PANEL, "aria-busy"),
        Input(DataQuality.SELECTED, "data"),
        Input(DataQuality.PANEL_SHOWN, "data"),
    )
    app.clientside_callback(browser("markQualityRow"), Input(DataQuality.SELECTED, "data"))
    app.clientside_callback(
        browser("calendarYear"),
        Output(DataQuality.YEAR, "data"),
        Input(Shell.VIEW, "data"),
        State(DataQuality.YEAR, "data"),
    )
    app.clientside_callback(
        browser("chooseYear"), Input(DataQuality.CALENDAR, "clickData"), prevent_initial_call=True
    )
    for source, graph in (
        (DataQuality.CALENDAR_SOURCE, DataQuality.CALENDAR),
        (DataQuality.TREND_SOURCE, DataQuality.TREND),
    ):
        app.clientside_callback(
            browser("drawQuality"),
            Output(graph, "figure"),
            Input(source, "data"),
            Input(Shell.APPEARANCE, "data"),
            State(Shell.TEMPLATES, "data"),
        )
