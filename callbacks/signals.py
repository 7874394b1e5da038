"""The signal feed: what the server tells when there is something new, and what the browser does with it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from dash import ALL, Dash, Input, Output, State, html, no_update
from dash.exceptions import PreventUpdate

from callbacks.frame import PageView, present_frame
from callbacks.past_session import back_to_newest, day_of, past_session
from callbacks.shell import browser
from components import states
from components.feed_model import model_line
from components.filters import sector_chips
from components.ids import Shell, Signals
from components.scale import score_scale
from components.tables import feed_rows
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, NotYetComputedError
from models.domain.feed import Activity, Quote, SignalFeed, TickerDetail
from models.domain.market import DatasetStatus

READY = "signals"
WAITING = "signals is-waiting"
_PAST_WORDS = "with prices and scores as they are believed today"


class FeedReader(Protocol):
    """What the signal feed asks; ``services.queries.signal_feed`` answers."""

    def feed(self, as_of: date | None = None) -> SignalFeed:
        """Return the newest signals, or those of an earlier session."""

    def ticker(self, symbol: str, n_sessions: int = 250, as_of: date | None = None) -> TickerDetail:
        """Return one symbol's panel, up to a session."""

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange, empty where they are not."""

    def quote(self, symbol: str) -> Quote | None:
        """Return a symbol's newest quote since the last close, None without one."""

    def activity(self) -> Activity:
        """Return what the worker does now."""


@dataclass(frozen=True)
class FeedView(PageView):
    """What a look at the feed changes on the page; ``no_update`` keeps what is on the screen."""

    rows: Any = no_update
    sectors: Any = no_update
    state: Any = no_update
    page_class: Any = no_update
    is_activity_poll_off: bool = False
    error: Any = None
    loaded: Any = no_update
    scale: Any = no_update
    past: Any = no_update


def present_feed(queries: FeedReader, has_rows: bool, as_of: date | None = None) -> FeedView:
    """Return the feed, the newest unless a day is named; where it cannot be had, what to say.

    Rows on the screen stay.
    """
    try:
        feed = queries.feed(as_of)
    except InvalidRequestError as wrong:
        return _without_session(str(wrong), has_rows)
    except NotYetComputedError as missing:
        return _without_feed(queries, str(missing), has_rows)
    except DatabaseUnavailableError:
        return _database_gone(has_rows)
    return FeedView(
        rows=feed_rows(feed),
        sectors=sector_chips(row.sector for row in feed.rows),
        state=[],
        page_class=READY,
        is_activity_poll_off=True,
        loaded=_loaded(feed),
        scale=score_scale(feed.rows),
        past=[
            *([] if feed.is_newest else [past_session(feed.as_of, as_of, _PAST_WORDS)]),
            *model_line(feed.rows),
        ],
        frame=present_frame(feed.status, feed.as_of, len(feed.rows), queries.staleness(feed.status)),
    )


def _loaded(feed: SignalFeed) -> dict[str, Any]:
    first, last = feed.status.first_session or feed.as_of, feed.status.last_session or feed.as_of
    return {
        "as_of": feed.as_of.isoformat(),
        "n_symbols": len(feed.rows),
        "first": first.isoformat(),
        "last": last.isoformat(),
    }


def _without_session(why: str, has_rows: bool) -> FeedView:
    if has_rows:
        line = [f"{why}. The rows below are of another day. ", back_to_newest()]
        return FeedView(error=html.Div(line, className="notice notice-warn", role="alert"))
    return FeedView(
        state=[states.error_state("No such session", why), html.Div(back_to_newest(), className="state")],
        page_class=WAITING,
    )


def _without_feed(queries: FeedReader, missing: str, has_rows: bool) -> FeedView:
    if has_rows:
        return FeedView(error=states.error_line(f"{missing} The rows below are the last that were read."))
    try:
        activity = queries.activity()
    except DatabaseUnavailableError:
        return _database_gone(has_rows)
    return FeedView(state=states.first_data(missing, activity), page_class=WAITING)


def _database_gone(has_rows: bool) -> FeedView:
    if has_rows:
        # The line under the top row says so, and since when; the browser knows both.
        return FeedView()
    return FeedView(state=states.database_gone(), page_class=WAITING)


def register(app: Dash, queries: FeedReader) -> None:
    """Connect the feed."""

    @app.callback(
        Output(Signals.GRID, "rowData"),
        Output(Signals.SECTORS, "children"),
        Output(Signals.STATE, "children"),
        Output(Signals.ROOT, "className"),
        Output(Signals.ACTIVITY_POLL, "disabled"),
        Output(Signals.ERROR, "children"),
        Output(Signals.LOADED, "data"),
        Output(Signals.SCALE, "children"),
        Output(Signals.PAST, "children"),
        Input(Shell.REVISION, "data"),
        Input(Signals.ACTIVITY_POLL, "n_intervals"),
        Input(Signals.DATE, "data"),
        State(Signals.LOADED, "data"),
    )
    def show_feed(
        revision: dict[str, Any] | None, _tick: int | None, day: str | None, loaded: dict[str, Any] | None
    ) -> tuple[Any, ...]:
        if revision is None:
            raise PreventUpdate
        view = present_feed(queries, has_rows=loaded is not None, as_of=day_of(day))
        return view.show()

    app.clientside_callback(
        browser("showFiltered"),
        Output({"type": Signals.LABEL_FILTER, "value": ALL}, "className"),
        Output({"type": Signals.LABEL_FILTER, "value": ALL}, "style"),
        Output({"type": Signals.LABEL_FILTER, "value": ALL}, "aria-pressed"),
        Output({"type": Signals.LABEL_COUNT, "value": ALL}, "children"),
        Output({"type": Signals.SECTOR_FILTER, "value": ALL}, "className"),
        Output({"type": Signals.SECTOR_FILTER, "value": ALL}, "aria-pressed"),
        Output({"type": Signals.SECTOR_COUNT, "value": ALL}, "children"),
        Output(Signals.COUNT, "children"),
        Output(Signals.NOTICE, "children"),
        Output(Signals.NO_MATCH, "children"),
        Output(Signals.NO_MATCH, "hidden"),
        Output(Signals.GRID_FRAME, "style"),
        Input(Shell.VIEW, "data"),
        Input(Signals.GRID, "rowData"),
    )
    app.clientside_callback(
        browser("selectDate"),
        Output(Signals.DATE, "data"),
        Input(Shell.VIEW, "data"),
        State(Signals.DATE, "data"),
    )
    app.clientside_callback(
        browser("showTools"),
        Output({"type": Signals.LABELS_BY, "value": ALL}, "aria-pressed"),
        Input(Shell.VIEW, "data"),
        Input(Signals.LOADED, "data"),
    )
    app.clientside_callback(browser("markSelected"), Input(Signals.SELECTED, "data"))
    app.clientside_callback(
        browser("exportCsv"), Input(Signals.EXPORT, "n_clicks"), prevent_initial_call=True
    )
