"""What is asked before a model is promoted, forced or rolled back, and what is said of it after."""

from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.ids import Promotion
from components.model_details import gate_list
from components.model_words import model_title
from models.domain.model_views import RegisteredModel
from models.domain.registry import ModelAction, ModelDecision, ModelRecord

_RECORDED = "The decision is kept in the history and in the audit log, under your name."


@dataclass(frozen=True)
class Question:
    """A dialog: its title, what will happen, the answer's words, and whether force is offered beside it."""

    title: str
    text: list[Component]
    answer: str
    may_force: bool


def promotion_actions() -> Component:
    """Return the buttons beside a model's name, hidden until somebody may use them."""
    return html.Div(
        [
            html.Button("Promote…", id=Promotion.PROMOTE, type="button", className="button", hidden=True),
            html.Button("Roll back…", id=Promotion.ROLL_BACK, type="button", className="button", hidden=True),
        ],
        id=Promotion.ACTIONS,
        className="promotion-actions",
    )


def promotion_dialog() -> Component:
    """Return the dialog that asks before a decision is carried out, closed."""
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(id=Promotion.DIALOG_TITLE), close_button=False),
            dbc.ModalBody(id=Promotion.DIALOG_TEXT),
            dbc.ModalFooter(
                [
                    html.Button("Leave it as it is", id=Promotion.CANCEL, type="button", className="button"),
                    html.Button(
                        "Promote by force",
                        id=Promotion.FORCE,
                        type="button",
                        className="button button-warn",
                        hidden=True,
                    ),
                    html.Button(id=Promotion.DECIDE, type="button", className="button button-main"),
                ]
            ),
        ],
        id=Promotion.DIALOG,
        is_open=False,
        centered=True,
        className="dialog",
    )


def promotion_question(model: RegisteredModel, champion: RegisteredModel | None) -> Question:
    """Ask whether a model shall go through the gate, saying what the gate said last."""
    is_refused = bool(model.gate) and not all(line.passed for line in model.gate)
    replaced = (
        "it becomes the champion, and its score counts in the confluence."
        if champion is None
        else f"it takes the place of {_name(champion)}, which is retired and can come back."
    )
    consequences = [
        "The gate is asked now. A model that passes is promoted, any other stays out, with the reasons.",
        f"If it is promoted, {replaced} Stored signals stay as they are; it counts from the next session on.",
        _RECORDED,
    ]
    if is_refused:
        consequences.insert(
            1, "By force it is promoted whatever the gate finds; it is marked as forced from then on."
        )
    said = "What the gate found last:" if model.gate else "The gate has not been asked about it yet."
    return Question(
        f"Promote {_name(model)}?",
        [
            html.Div(said, className="strong"),
            *([gate_list(model.gate, is_registered=True)] if model.gate else []),
            html.Ul([html.Li(line) for line in consequences]),
        ],
        "Ask the gate again" if is_refused else "Ask the gate",
        is_refused,
    )


def roll_back_question(model: RegisteredModel) -> Question:
    """Ask whether the champion shall be taken out of use."""
    restored = (
        "The champion before it is restored. Without one there is no champion: what serves is unproven, with "
        "weight 0 in the confluence."
    )
    consequences = (
        "It stops serving and does not serve again by itself.",
        restored,
        "Stored signals stay as they are.",
        _RECORDED,
    )
    return Question(
        f"Roll back {_name(model)}?",
        [html.Ul([html.Li(line) for line in consequences])],
        "Roll it back",
        may_force=False,
    )


def promotion_outcome(decision: ModelDecision) -> Component:
    """Return what came of asking the gate."""
    name = f"{model_title(decision.model_name)} (model {decision.model_id})"
    if decision.action is ModelAction.REFUSE:
        reasons = [html.Li(reason) for reason in decision.reasons]
        return html.Div([html.Div(f"Refused: {name} stays out.", className="strong"), html.Ul(reasons)])
    how = " by force, against the gate" if decision.action is ModelAction.FORCE else ""
    return html.Div(f"Promoted{how}: {name} counts from the next session that it scores.", className="done")


def roll_back_outcome(gone: ModelRecord, restored: ModelRecord | None) -> Component:
    """Return who serves after a roll-back."""
    after = (
        "no model is the champion now"
        if restored is None
        else f"{model_title(restored.name)} (model {restored.id}) is the champion again"
    )
    return html.Div(f"Rolled back: {model_title(gone.name)} (model {gone.id}); {after}.", className="done")


def _name(model: RegisteredModel) -> str:
    return f"{model_title(model.name)} (model {model.id})"
