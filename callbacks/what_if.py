"""What if: questions to the model in the ticker panel. They write nothing and are marked as hypothetical.

Where people sign in they need the role trader; on a developer's own machine, where guests may read, a guest
may ask too.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components import what_if as parts
from components.ids import Signals
from models.domain.errors import DatabaseUnavailableError, OperatorError, UserError
from models.domain.users import Role
from models.domain.what_if import WhatIfAnswer, WhatIfGround
from services.commands.access import current_actor

_NOT_ALLOWED = "Asking what if needs the role trader: sign in with an account that has it"


class WhatIfReader(Protocol):
    """What the questions go to; ``services.queries.what_if`` answers."""

    def ground(self, symbol: str, session: date, model_id: int) -> WhatIfGround:
        """Return the features that can be changed."""

    def answer(self, symbol: str, session: date, model_id: int, values: Mapping[str, float]) -> WhatIfAnswer:
        """Return the forecast with other values."""


def may_ask() -> bool:
    """Whether whoever asks may."""
    actor = current_actor()
    return actor is not None and (actor.guest or actor.role.includes(Role.TRADER))


def present_ground(queries: WhatIfReader, shown: dict[str, Any]) -> list[Component]:
    """Return the sliders, or why there are none."""
    if not may_ask():
        return parts.refusal(_NOT_ALLOWED)
    try:
        return parts.sliders(queries.ground(*_subject(shown)))
    except DatabaseUnavailableError:
        return parts.refusal("The database is out of reach; ask again when it answers")
    except (UserError, OperatorError) as refused:
        return parts.refusal(str(refused).removesuffix("."))


def present_answer(
    queries: WhatIfReader, shown: dict[str, Any], values: Mapping[str, float]
) -> list[Component]:
    """Return what the model would say, or why it is not asked."""
    if not may_ask():
        return parts.refusal(_NOT_ALLOWED)
    try:
        return parts.answer_card(queries.answer(*_subject(shown), values))
    except DatabaseUnavailableError:
        return parts.refusal("The database is out of reach; ask again when it answers")
    except (UserError, OperatorError) as refused:
        return parts.refusal(str(refused).removesuffix("."))


def _subject(shown: dict[str, Any]) -> tuple[str, date, int]:
    return str(shown["symbol"]), date.fromisoformat(shown["session"]), int(shown["model"])


def register(app: Dash, queries: WhatIfReader) -> None:
    """Connect the questions."""

    @app.callback(
        Output(Signals.WHAT_IF, "children"),
        Input(Signals.MODEL_SHOWN, "data"),
    )
    def offer(shown: dict[str, Any] | None) -> Any:
        return parts.opener() if shown and shown.get("has_data") else []

    @app.callback(
        Output(Signals.WHAT_IF, "children", allow_duplicate=True),
        Input({"type": Signals.WHAT_IF_BUTTON, "value": ALL}, "n_clicks"),
        State(Signals.MODEL_SHOWN, "data"),
        prevent_initial_call=True,
    )
    def open_question(clicks: list[int | None], shown: dict[str, Any] | None) -> Any:
        if not shown or not shown.get("has_data") or not any(clicks):
            raise PreventUpdate
        return present_ground(queries, shown)

    @app.callback(
        Output(Signals.WHAT_IF_ANSWER, "children"),
        Input({"type": Signals.WHAT_IF_SLIDER, "value": ALL}, "value"),
        State(Signals.MODEL_SHOWN, "data"),
    )
    def answer(values: list[float | None], shown: dict[str, Any] | None) -> Any:
        if not shown or not shown.get("has_data") or not values:
            return [] if not values else no_update
        names = [each["id"]["value"] for each in ctx.inputs_list[0]]
        asked = {name: float(value) for name, value in zip(names, values, strict=True) if value is not None}
        return present_answer(queries, shown, asked)
