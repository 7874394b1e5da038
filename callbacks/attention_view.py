"""What a look at attention, or at importance, shows on the page."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from dash import no_update

from callbacks.frame import PageView, present_frame
from callbacks.past_session import past_session
from callbacks.symbols import shortened
from components import attention_cards as cards
from components import importance_cards as importance
from components import states
from components.figures.attention import symbol_source
from components.figures.attention_matrix import in_sector, matrix_source, ordered
from components.figures.importance import N_TRACKED, course_heat, ranked, sector_heat, swarm_source
from models.domain.explanation_views import (
    AttentionLine,
    AttentionOverview,
    AttentionRequest,
    ImportanceReport,
    SymbolPrices,
)
from models.domain.feed import Activity
from models.domain.market import DatasetStatus

READY = "attention"
IMPORTANCE = "importance"
_PAST_WORDS = "as the model explained it"


class AttentionReader(Protocol):
    """What the attention page asks; ``services.queries.attention`` answers."""

    def overview(self, request: AttentionRequest) -> AttentionOverview:
        """Return the newest window of every symbol."""

    def prices(self, symbol: str, first: date, last: date) -> SymbolPrices:
        """Return a symbol's bars, adjusted as of the last."""

    def importance(self, request: AttentionRequest) -> ImportanceReport:
        """Return what a model relies on."""

    def staleness(self, status: DatasetStatus) -> str:
        """Return how far the data are behind the exchange, empty where they are not."""

    def activity(self) -> Activity:
        """Return what the worker does now."""


@dataclass(frozen=True)
class AttentionView(PageView):
    """What a look changes on the page, in the order of the callback's outputs.

    ``no_update`` keeps what is on the screen.
    """

    loaded: Any = no_update
    summary: Any = no_update
    tools: Any = no_update
    symbols: Any = no_update
    sector: Any = no_update
    matrix: Any = no_update
    symbol_head: Any = no_update
    symbol: Any = no_update
    verdict: Any = no_update
    ranking: Any = no_update
    families: Any = no_update
    stability: Any = no_update
    swarm: Any = no_update
    sectors: Any = no_update
    course: Any = no_update
    past: Any = no_update
    state: Any = no_update
    page_class: Any = no_update
    is_activity_poll_off: bool = True
    error: Any = None


def present_maps(
    queries: AttentionReader,
    request: AttentionRequest,
    asked: dict[str, Any],
    loaded: dict[str, Any] | None,
) -> AttentionView:
    """Return symbols by days and one symbol's heads, or that the page holds them already."""
    overview = queries.overview(request)
    head = asked.get("head")
    if head is not None and not 1 <= head <= overview.n_heads:
        head = None
    shown = _shown_lines(overview, asked, head)
    line, unknown = _chosen(shown.lines, overview.lines, asked.get("symbol"))
    complaints = [states.error_line(words) for words in (shown.unknown, unknown) if words]
    version = _digest(overview, head, shown.order, shown.sector)
    found = _loaded(overview.status, overview.session, "attention", version, asked)
    view = AttentionView(
        loaded={**found, "symbol": line.symbol}, state=[], page_class=READY, error=complaints
    )
    is_held = loaded is not None and (loaded.get("tab"), loaded.get("version")) == ("attention", version)
    if not is_held or (loaded and loaded.get("symbol") != line.symbol):
        prices = queries.prices(line.symbol, line.window[0], line.session)
        view = replace(view, symbol_head=cards.symbol_head(line), symbol=symbol_source(line, prices, head))
    if is_held:  # a click on another symbol sends that one alone
        return view
    return replace(
        view,
        summary=cards.overview_summary(overview, shown.lines, shown.sector, head),
        tools=cards.tools(overview.models, overview.model, overview.n_heads, head),
        symbols=[(one.symbol, one.name) for one in overview.lines],
        sector=cards.sector_options(overview.lines),
        matrix=matrix_source(overview, shown.lines, head, is_by_sector=shown.order == "sectors"),
        verdict=cards.verdict_card(overview),
        past=_past(overview.session, request.as_of, is_newest=overview.is_newest),
        frame=_frame(queries, overview.status, overview.session),
    )


@dataclass(frozen=True, eq=False)
class _Shown:
    """The rows of the matrix. ``unknown``: what to say of a sector that there is none of."""

    lines: list[AttentionLine]
    order: str
    sector: str
    unknown: str = ""


def _shown_lines(overview: AttentionOverview, asked: dict[str, Any], head: int | None) -> _Shown:
    order, sector = asked.get("order") or "names", asked.get("sector") or ""
    lines = ordered(in_sector(overview.lines, sector), order, head)
    if lines:
        return _Shown(lines, order, sector)
    words = f"“{shortened(sector)}” is no sector of these symbols; all of them are shown."
    return _Shown(ordered(overview.lines, order, head), order, "", words)


def _chosen(
    shown: Sequence[AttentionLine], known: Sequence[AttentionLine], symbol: str | None
) -> tuple[AttentionLine, str]:
    """Return the symbol that the address names, or the first that is shown; a wrong one is named."""
    if not symbol:
        return shown[0], ""
    found = next((line for line in known if line.symbol == symbol), None)
    if found is not None:
        return found, ""
    first = shown[0].symbol
    return shown[0], f"“{shortened(symbol)}” has no window of this model and session; {first} is shown."


def present_importance(
    queries: AttentionReader,
    request: AttentionRequest,
    asked: dict[str, Any],
    loaded: dict[str, Any] | None,
) -> AttentionView:
    """Return what the model relies on, or that the page holds it already."""
    report = queries.importance(request)
    version = repr(
        (report.model, report.models, report.newest.session, len(report.history), report.stability)
    )
    if loaded is not None and (loaded.get("tab"), loaded.get("version")) == (IMPORTANCE, version):
        return AttentionView(loaded={**loaded, "asked": asked}, state=[], page_class=READY)
    names = ranked(report)[:N_TRACKED]
    session = report.newest.session
    return AttentionView(
        loaded=_loaded(report.status, session, IMPORTANCE, version, asked),
        summary=importance.importance_summary(report),
        tools=cards.tools(report.models, report.model, 0, None),
        ranking=importance.ranking_card(report),
        families=importance.families_card(report),
        stability=importance.stability_card(report),
        swarm=swarm_source(report.newest, names, report.titles),
        sectors=sector_heat(report),
        course=course_heat(report),
        past=_past(session, request.as_of, is_newest=session == report.status.last_session),
        state=[],
        page_class=READY,
        frame=_frame(queries, report.status, session),
    )


def _digest(overview: AttentionOverview, *chosen: Any) -> str:
    found = hashlib.sha256()
    for line in overview.lines:
        found.update(line.attention.tobytes())
        found.update(repr((line.symbol, line.session, line.shown_class, line.probability)).encode())
    about = (overview.model, overview.models, overview.deletion, overview.status, overview.session, *chosen)
    found.update(repr(about).encode())
    return found.hexdigest()[:16]


def _loaded(
    status: DatasetStatus, session: date, tab: str, version: str, asked: dict[str, Any]
) -> dict[str, Any]:
    first, last = status.first_session or session, status.last_session or session
    return {
        "tab": tab,
        "version": version,
        "asked": asked,
        "as_of": session.isoformat(),
        "first": first.isoformat(),
        "last": last.isoformat(),
    }


def _past(session: date, asked_for: date | None, *, is_newest: bool) -> Any:
    return [] if is_newest else past_session(session, asked_for, _PAST_WORDS)


def _frame(queries: AttentionReader, status: DatasetStatus, session: date) -> dict[str, dict[str, Any]]:
    return present_frame(status, session, status.n_symbols, queries.staleness(status))
