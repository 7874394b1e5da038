"""Promoting a model, by the gate or by force, and rolling the champion back: the role is checked here too."""

from typing import Any, Protocol

from dash import Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.models import ModelsReader
from callbacks.requester import requester_address
from components import states
from components.ids import Models, Promotion
from components.promotion import (
    Question,
    promotion_outcome,
    promotion_question,
    roll_back_outcome,
    roll_back_question,
)
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError, UserError
from models.domain.model_views import RegisteredModel
from models.domain.registry import ModelDecision, ModelRecord, ModelStatus
from models.domain.users import Role
from services.commands.access import has_role

_PROMOTE, _ROLL_BACK = "promote", "roll_back"


class ModelDesk(Protocol):
    """What decides about models; ``services.commands.models`` does. Both need the role admin."""

    def promote(self, model_id: int, *, force: bool = False, address: str = "") -> ModelDecision:
        """Put a model through the gate, or past it; return what came of it, a refusal too."""

    def roll_back(self, address: str = "") -> tuple[ModelRecord, ModelRecord | None]:
        """Take the champion out of use; return it and the model that was restored."""


def present_actions(queries: ModelsReader, shown: Any) -> tuple[bool, bool]:
    """Return whether the buttons to promote and to roll back are hidden from whoever asks."""
    model = _shown_model(queries, shown)
    if model is None or not has_role(Role.ADMIN):
        return True, True
    is_champion = model.status is ModelStatus.CHAMPION
    return is_champion, not is_champion


def present_question(queries: ModelsReader, shown: Any, action: str) -> tuple[bool, Any, Any, Any, bool, Any]:
    """Return the dialog: whether it opens, title, text, answer, whether force is hidden, what is asked."""
    model = _shown_model(queries, shown)
    is_open_to = present_actions(queries, shown)
    if model is None or is_open_to[0 if action == _PROMOTE else 1]:
        return False, no_update, no_update, no_update, True, None
    asked = _question(queries, model, action)
    return (
        True,
        asked.title,
        asked.text,
        asked.answer,
        not asked.may_force,
        {"action": action, "model": model.id},
    )


def carry_out(desk: ModelDesk, queries: ModelsReader, asked: Any, *, force: bool = False) -> Component:
    """Do what was asked and confirmed, and say so; what is refused is said too, and nothing is done."""
    if not isinstance(asked, dict) or not _is_number(asked.get("model")):
        return states.error_line("No model was chosen: nothing was decided.")
    number, action = asked["model"], asked.get("action")
    try:
        if action == _PROMOTE:
            return promotion_outcome(desk.promote(number, force=force, address=requester_address()))
        champion = queries.report().champion
        if action != _ROLL_BACK or champion is None or champion.id != number:
            return states.error_line("That model is not the champion any more: nothing was decided.")
        return roll_back_outcome(*desk.roll_back(address=requester_address()))
    except UserError as refused:
        return states.error_line(f"Nothing was decided. {refused}")
    except DatabaseUnavailableError:
        return states.error_line("The database is out of reach: nothing was decided. Try again in a moment.")


def _question(queries: ModelsReader, model: RegisteredModel, action: str) -> Question:
    if action == _ROLL_BACK:
        return roll_back_question(model)
    return promotion_question(model, queries.report().champion)


def _shown_model(queries: ModelsReader, shown: Any) -> RegisteredModel | None:
    key = shown.get("key") if isinstance(shown, dict) else None
    kind, _, number = str(key).partition(":")
    if kind != "model" or not number.isdigit():
        return None
    try:
        return queries.report().model(int(number))
    except (DatabaseUnavailableError, NotYetComputedError):
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def register(app: Dash, queries: ModelsReader, desk: ModelDesk) -> None:
    """Connect the buttons, the question and the decision."""

    @app.callback(
        Output(Promotion.PROMOTE, "hidden"),
        Output(Promotion.ROLL_BACK, "hidden"),
        Input(Models.SHOWN, "data"),
        Input(Models.LOADED, "data"),
    )
    def show_actions(shown: Any, loaded: Any) -> tuple[bool, bool]:
        if shown is None or loaded is None:
            raise PreventUpdate
        return present_actions(queries, shown)

    @app.callback(
        Output(Promotion.DIALOG, "is_open"),
        Output(Promotion.DIALOG_TITLE, "children"),
        Output(Promotion.DIALOG_TEXT, "children"),
        Output(Promotion.DECIDE, "children"),
        Output(Promotion.FORCE, "hidden"),
        Output(Promotion.ASKED, "data"),
        Input(Promotion.PROMOTE, "n_clicks"),
        Input(Promotion.ROLL_BACK, "n_clicks"),
        Input(Promotion.CANCEL, "n_clicks"),
        Input(Promotion.DECIDE, "n_clicks"),
        Input(Promotion.FORCE, "n_clicks"),
        State(Models.SHOWN, "data"),
        prevent_initial_call=True,
    )
    def ask(*inputs: Any) -> tuple[Any, ...]:
        actions = {Promotion.PROMOTE: _PROMOTE, Promotion.ROLL_BACK: _ROLL_BACK}
        action = actions.get(str(ctx.triggered_id))
        if action is None:
            return False, no_update, no_update, no_update, no_update, no_update
        return present_question(queries, inputs[-1], action)

    @app.callback(
        Output(Promotion.RESULT, "children"),
        Input(Promotion.DECIDE, "n_clicks"),
        Input(Promotion.FORCE, "n_clicks"),
        Input(Models.EXAMINED, "data"),
        State(Promotion.ASKED, "data"),
        prevent_initial_call=True,
    )
    def decide(decided: int | None, forced: int | None, _examined: Any, asked: Any) -> Any:
        if ctx.triggered_id == Models.EXAMINED:
            return None  # what was said of another model
        is_forced = ctx.triggered_id == Promotion.FORCE
        return carry_out(desk, queries, asked, force=is_forced) if decided or forced else None
