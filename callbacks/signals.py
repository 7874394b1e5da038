"""The signal feed: what the server tells when there is something new, and what the browser does with it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from dash import ALL, Dash, Input, Output, State, html, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.shell import browser
from components import formats, states
from components.filters import sector_chips
from components.ids import Shell, Signals
from components.scale import score_scale
from components.tables import feed_rows
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError
from models.domain.feed import Activity, SignalFeed, TickerDetail
from models.domain.market import Dataset

READY = "signals"
WAITING = "signals is-waiting"


class FeedReader(Protocol):
    """What the signal feed asks; ``services.queries.signal_feed`` answers."""

    def feed(self) -> SignalFeed:
        """Return the newest signals."""

    def ticker(self, symbol: str, n_sessions: int = 250) -> TickerDetail:
        """Return one symbol's panel."""

    def activity(self) -> Activity:
        """Return what the worker does now."""


@dataclass(frozen=True)
class FeedView:
    """What a look at the feed changes on the page; ``no_update`` keeps what is on the screen.

    ``frame``: properties of the shell, by id. They are no outputs of the callback, because Dash would then
    run it on pages that have no feed.
    """

    rows: Any = no_update
    sectors: Any = no_update
    state: Any = no_update
    page_class: Any = no_update
    is_activity_poll_off: bool = False
    error: Any = None
    loaded: Any = no_update
    scale: Any = no_update
    frame: dict[str, dict[str, Any]] = field(default_factory=dict)

    def outputs(self) -> tuple[Any, ...]:
        """Return what belongs to the page itself, in the order of the callback's outputs."""
        return (
            self.rows,
            self.sectors,
            self.state,
            self.page_class,
            self.is_activity_poll_off,
            self.error,
            self.loaded,
            self.scale,
        )


def present_feed(queries: FeedReader, has_rows: bool) -> FeedView:
    """Return the newest feed; where it cannot be had, what to say. Rows on the screen stay."""
    try:
        feed = queries.feed()
    except NotYetComputedError as missing:
        return _without_feed(queries, str(missing), has_rows)
    except DatabaseUnavailableError:
        return _database_gone(has_rows)
    return FeedView(
        rows=feed_rows(feed),
        sectors=sector_chips(feed.rows),
        state=[],
        page_class=READY,
        is_activity_poll_off=True,
        loaded={"as_of": feed.as_of.isoformat(), "n_symbols": len(feed.rows)},
        scale=score_scale(feed.rows),
        frame=present_frame(feed),
    )


def present_frame(feed: SignalFeed) -> dict[str, dict[str, Any]]:
    """Return what the shell tells about the data, as properties by id."""
    dataset = feed.status.dataset
    last = feed.status.last_session or feed.as_of
    universe = html.Span(
        ["Universe ", html.B(formats.count(len(feed.rows)))], tabIndex=0, **{"data-tip": dataset.label}
    )
    return {
        Shell.STATUS: {"data": {"last_session": last.isoformat(), "historical": dataset.historical}},
        Shell.UNIVERSE: {"children": universe},
        Shell.AS_OF: {"children": ["As of ", html.B(formats.day(feed.as_of)), " close"]},
        Shell.PROVIDER_NAME: {"children": dataset.provider},
        Shell.PROVIDER: {
            "data-tip": f"Newest session {formats.day(last)}; {_read_at(feed.status.refreshed_at)}"
        },
        Shell.BANNERS: {"children": present_banners(dataset)},
    }


def _read_at(moment: datetime | None) -> str:
    return "not read since" if moment is None else f"read {moment:%H:%M} UTC on {formats.day(moment.date())}"


def present_banners(dataset: Dataset) -> list[Component]:
    """Return the line that every page must show about its data, if any."""
    sentences = [sentence for sentence in (dataset.banner, dataset.survivorship_note) if sentence]
    return [states.banner(" ".join(sentences))] if sentences else []


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
    title = "The database is out of reach"
    return FeedView(
        state=states.error_state(
            title, "Nothing is lost. This page tries again by itself and fills in when it answers."
        ),
        page_class=WAITING,
    )


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
        Input(Shell.REVISION, "data"),
        Input(Signals.ACTIVITY_POLL, "n_intervals"),
        State(Signals.LOADED, "data"),
    )
    def show_feed(
        revision: dict[str, Any] | None, _tick: int | None, loaded: dict[str, Any] | None
    ) -> tuple[Any, ...]:
        if revision is None:
            raise PreventUpdate
        view = present_feed(queries, has_rows=loaded is not None)
        for name, properties in view.frame.items():
            set_props(name, properties)
        return view.outputs()

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
    app.clientside_callback(browser("markSelected"), Input(Signals.SELECTED, "data"))
    app.clientside_callback(
        browser("exportCsv"), Input(Signals.EXPORT, "n_clicks"), prevent_initial_call=True
    )
