"""The ticker panel's section on the model: why it gave its score."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Protocol

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.past_session import day_of
from callbacks.shell import browser
from callbacks.symbols import is_ticker
from components import states
from components.figures.explanation import attention_strip, day_heat
from components.ids import Shell, Signals
from components.model_record import evidence_body
from components.model_why import why_body
from models.domain.errors import DatabaseUnavailableError, InvalidRequestError, UserError
from models.domain.explanation_views import Missing, ModelWhy
from models.domain.explanations import SignalRequest


class WhyReader(Protocol):
    """What the section asks; ``services.queries.model_why`` answers."""

    def why(self, symbol: str, as_of: date | None = None, model_id: int | None = None) -> ModelWhy:
        """Return why a symbol has its model's score."""


class ExplanationDesk(Protocol):
    """Whom the section asks for what is not computed; ``services.commands.explanations`` answers."""

    def request(self, request: SignalRequest) -> int:
        """Have the worker explain a signal, once however often it is asked for."""


@dataclass(frozen=True)
class WhyView:
    """What the section shows, in the order of the callback's outputs; ``no_update`` keeps what is there.

    ``shown``: the symbol, whether it has data, the version that it holds, and of which session and model.
    """

    shown: Any = no_update
    body: Any = no_update
    evidence: Any = no_update
    heat: Any = no_update
    strip: Any = no_update
    is_poll_off: Any = no_update  # while one waits, the page looks whether anybody works on it


def present_why(
    queries: WhyReader,
    desk: ExplanationDesk,
    symbol: str,
    as_of: date | None,
    model_id: int | None,
    shown: dict[str, Any] | None,
) -> WhyView:
    """Return why the model gave its score; what is not computed yet is asked for, and comes by itself."""
    if not is_ticker(symbol):
        return _message(symbol)
    try:
        why = _asked_for(desk, queries.why(symbol, as_of, model_id))
    except UserError:
        return _message(symbol)  # the panel itself says why
    except DatabaseUnavailableError:
        if shown and shown.get("symbol") == symbol:
            return WhyView()
        return _message(symbol)
    version = version_of(why)
    is_poll_off = why.missing is not Missing.WAITING
    if shown and shown.get("symbol") == symbol and shown.get("version") == version:
        return WhyView(is_poll_off=is_poll_off)
    return WhyView(
        shown={
            "symbol": symbol,
            "has_data": why.explanation is not None,
            "version": version,
            "session": why.session.isoformat(),
            "model": why.model and why.model.id,
        },
        body=why_body(why),
        evidence=evidence_body(why.evidence, why.model),
        heat=day_heat(why),
        strip=attention_strip(why),
        is_poll_off=is_poll_off,
    )


def _asked_for(desk: ExplanationDesk, why: ModelWhy) -> ModelWhy:
    """Ask the worker for what can be computed and is not; say why where it takes no more."""
    if why.missing is not Missing.NOT_ASKED or why.model is None:
        return why
    try:
        desk.request(SignalRequest(why.symbol, why.session, why.model.id))
    except InvalidRequestError as refused:
        return replace(why, missing=Missing.FAILED, said=f"{refused}.")
    return replace(why, missing=Missing.WAITING)


def version_of(why: ModelWhy) -> str:
    """Return what tells one explanation from another, or one reason for its absence from another."""
    found = why.explanation
    parts = (
        why.symbol,
        why.session,
        why.model and (why.model.id, why.model.status, why.model.is_proven),
        why.serving and why.serving.id,
        why.missing,
        why.said,
        why.worker_lives,
        why.is_chosen,
        found and (found.model_hash, found.method, found.output),
        why.deletion and (why.deletion.last_session, why.deletion.verdict),
        why.stability and why.stability.session,
    )
    return repr(parts)


def _message(symbol: str) -> WhyView:
    line = states.error_line("The model's reasons cannot be read now.")
    shown = {"symbol": symbol, "has_data": False, "version": ""}
    return WhyView(shown, [line], [], None, None, is_poll_off=True)


def register(app: Dash, queries: WhyReader, desk: ExplanationDesk) -> None:
    """Connect the section."""

    @app.callback(
        Output(Signals.MODEL_SHOWN, "data"),
        Output(Signals.MODEL_WHY, "children"),
        Output(Signals.MODEL_EVIDENCE, "children"),
        Output(Signals.DAY_HEAT_SOURCE, "data"),
        Output(Signals.STRIP, "data"),
        Output(Signals.MODEL_POLL, "disabled"),
        Input(Signals.SELECTED, "data"),
        Input(Shell.REVISION, "data"),
        Input(Signals.DATE, "data"),
        Input(Signals.ASKED_MODEL, "data"),
        Input(Signals.MODEL_POLL, "n_intervals"),
        State(Signals.MODEL_SHOWN, "data"),
    )
    def show_why(
        symbol: str | None,
        revision: dict[str, Any] | None,
        day: str | None,
        model_id: int | None,
        _tick: int | None,
        shown: dict[str, Any] | None,
    ) -> tuple[Any, ...]:
        if not symbol or revision is None:
            raise PreventUpdate
        view = present_why(queries, desk, symbol, day_of(day), model_id, shown)
        return tuple(getattr(view, each.name) for each in fields(view))

    app.clientside_callback(
        browser("askModel"),
        Output(Signals.ASKED_MODEL, "data"),
        Input(Shell.VIEW, "data"),
        State(Signals.ASKED_MODEL, "data"),
    )
    app.clientside_callback(
        browser("modelClass"),
        Output(Signals.MODEL, "className"),
        Output(Signals.MODEL, "aria-busy"),
        Input(Signals.SELECTED, "data"),
        Input(Signals.MODEL_SHOWN, "data"),
    )
    app.clientside_callback(
        browser("drawHeat"),
        Output(Signals.DAY_HEAT, "className"),
        Input(Signals.DAY_HEAT_SOURCE, "data"),
        Input(Shell.APPEARANCE, "data"),
    )
