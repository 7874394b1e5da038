"""One pair of the correlation page over time."""

from dataclasses import dataclass, fields
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.correlation import CorrelationReader, read_request
from callbacks.shell import browser
from callbacks.symbols import is_ticker, shortened
from components import states
from components.correlation_cards import pair_head, pair_note
from components.figures.rolling_pair import rolling_source
from components.ids import Correlation, Shell
from models.domain.errors import DatabaseUnavailableError, UserError


@dataclass(frozen=True)
class PairView:
    """What the card of the chosen pair shows, in the order of the callback's outputs."""

    source: Any = no_update
    head: Any = no_update
    note: Any = no_update
    is_hidden: Any = False


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
    """Connect the card of the chosen pair."""

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
