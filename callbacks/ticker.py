"""The ticker panel of the signal feed."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.past_session import day_of
from callbacks.shell import browser
from callbacks.signals import FeedReader
from callbacks.symbols import is_ticker, shortened
from components import states
from components.cards import evidence_card, indicator_table, ticker_head
from components.figures.price import chart_source
from components.ids import Shell, Signals
from components.score import why_card
from models.domain.errors import (
    DatabaseUnavailableError,
    InvalidRequestError,
    NotYetComputedError,
    UnknownSymbolError,
)


@dataclass(frozen=True)
class TickerView:
    """What the panel shows, in the order of the callback's outputs; ``no_update`` keeps what is there.

    ``shown``: the symbol whose data or message the panel holds now, and whether it has data.
    """

    shown: Any
    head: Any = no_update
    note: Any = None
    chart: Any = no_update
    why: Any = no_update
    evidence: Any = no_update
    indicators: Any = no_update


def present_ticker(
    queries: FeedReader, symbol: str, shown: dict[str, Any] | None, as_of: date | None = None
) -> TickerView:
    """Return one symbol's panel, or a sentence why there is none. Data of the same symbol stay on a fault."""
    if not is_ticker(symbol):
        return _message(
            symbol, f"“{shortened(symbol)}” is no ticker", "Pick one from the grid or search for it."
        )
    try:
        detail = queries.ticker(symbol, as_of=as_of)
        quote = queries.quote(symbol) if as_of is None else None
    except UnknownSymbolError:
        return _message(
            symbol, f"No symbol {symbol} in this universe", "Pick one from the grid or search for it."
        )
    except (NotYetComputedError, InvalidRequestError) as missing:
        return _message(symbol, f"Nothing to show of {symbol} yet", str(missing))
    except DatabaseUnavailableError:
        return _database_gone(symbol, shown)
    return TickerView(
        shown={"symbol": symbol, "has_data": True},
        head=ticker_head(detail, quote),
        chart=chart_source(detail),
        why=why_card(detail),
        evidence=evidence_card(detail.row),
        indicators=indicator_table(detail.indicators),
    )


def _database_gone(symbol: str, shown: dict[str, Any] | None) -> TickerView:
    if shown and shown.get("symbol") == symbol and shown.get("has_data"):
        note = states.error_line("The database is out of reach; this is what was read last.")
        return TickerView(shown=no_update, note=note)
    return _message(
        symbol, "The database is out of reach", "Nothing is lost; the panel fills in when it answers again."
    )


def _message(symbol: str, title: str, remedy: str) -> TickerView:
    note: Component = states.empty_state(title, remedy)
    return TickerView(shown={"symbol": symbol, "has_data": False}, head=[], note=note)


def register(app: Dash, queries: FeedReader) -> None:
    """Connect the panel."""

    @app.callback(
        Output(Signals.PANEL_SHOWN, "data"),
        Output(Signals.PANEL_HEAD, "children"),
        Output(Signals.PANEL_NOTE, "children"),
        Output(Signals.CHART_SOURCE, "data"),
        Output(Signals.WHY, "children"),
        Output(Signals.EVIDENCE, "children"),
        Output(Signals.INDICATORS, "children"),
        Input(Signals.SELECTED, "data"),
        Input(Shell.REVISION, "data"),
        Input(Signals.DATE, "data"),
        State(Signals.PANEL_SHOWN, "data"),
    )
    def show_ticker(
        symbol: str | None, revision: dict[str, Any] | None, day: str | None, shown: dict[str, Any] | None
    ) -> tuple[Any, ...]:
        if not symbol or revision is None:
            raise PreventUpdate
        view = present_ticker(queries, symbol, shown, day_of(day))
        return tuple(getattr(view, each.name) for each in fields(view))

    app.clientside_callback(
        browser("select"),
        Output(Signals.SELECTED, "data"),
        Input(Shell.VIEW, "data"),
        State(Signals.SELECTED, "data"),
    )
    app.clientside_callback(
        browser("panelClass"),
        Output(Signals.PANEL, "className"),
        Output(Signals.PANEL, "aria-busy"),
        Input(Signals.SELECTED, "data"),
        Input(Signals.PANEL_SHOWN, "data"),
    )
    app.clientside_callback(
        browser("showRange"),
        Output({"type": Signals.RANGE, "value": ALL}, "aria-pressed"),
        Input(Shell.VIEW, "data"),
    )
    app.clientside_callback(
        browser("placeChart"),
        Output(Signals.CHART_SLOT, "children"),
        Input(Signals.CHART_SOURCE, "data"),
        Input(Signals.LOADED, "data"),
        State(Signals.CHART_SLOT, "children"),
    )
    # Its only output is the chart: until that is placed nothing is drawn.
    app.clientside_callback(
        browser("drawChart"),
        Output(Signals.CHART, "figure"),
        Input(Signals.CHART_SOURCE, "data"),
        Input(Shell.APPEARANCE, "data"),
        Input(Shell.VIEW, "data"),
        Input(Signals.STRIP, "data"),
        State(Shell.TEMPLATES, "data"),
    )
