"""The ticker panel of the signal feed."""

import re
from dataclasses import dataclass, fields
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.shell import browser
from callbacks.signals import FeedReader
from components import states
from components.cards import evidence_card, indicator_table, ticker_head
from components.figures.price import chart_source
from components.ids import Shell, Signals
from components.score import why_card
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError, UnknownSymbolError

# Canonical tickers: letters, digits and the signs of indices, classes and listings.
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=_-]{0,19}")
_SHOWN_OF_A_WRONG_ONE = 24


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


def present_ticker(queries: FeedReader, symbol: str, shown: dict[str, Any] | None) -> TickerView:
    """Return one symbol's panel, or a sentence why there is none. Data of the same symbol stay on a fault."""
    if not _SYMBOL.fullmatch(symbol):
        return _message(
            symbol, f"“{_shortened(symbol)}” is no ticker", "Pick one from the grid or search for it."
        )
    try:
        detail = queries.ticker(symbol)
    except UnknownSymbolError:
        return _message(
            symbol, f"No symbol {symbol} in this universe", "Pick one from the grid or search for it."
        )
    except NotYetComputedError as missing:
        return _message(symbol, f"Nothing to show of {symbol} yet", str(missing))
    except DatabaseUnavailableError:
        return _database_gone(symbol, shown)
    return TickerView(
        shown={"symbol": symbol, "has_data": True},
        head=ticker_head(detail),
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


def _shortened(symbol: str) -> str:
    return symbol if len(symbol) <= _SHOWN_OF_A_WRONG_ONE else symbol[:_SHOWN_OF_A_WRONG_ONE] + "…"


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
        State(Signals.PANEL_SHOWN, "data"),
    )
    def show_ticker(
        symbol: str | None, revision: dict[str, Any] | None, shown: dict[str, Any] | None
    ) -> tuple[Any, ...]:
        if not symbol or revision is None:
            raise PreventUpdate
        view = present_ticker(queries, symbol, shown)
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
        browser("drawChart"),
        Output(Signals.CHART, "figure"),
        Output({"type": Signals.RANGE, "value": ALL}, "aria-pressed"),
        Input(Signals.CHART_SOURCE, "data"),
        Input(Shell.APPEARANCE, "data"),
        Input(Shell.VIEW, "data"),
        State(Shell.TEMPLATES, "data"),
        State(Signals.CHART, "figure"),
    )
