"""The registry as a grid, and the history of what was decided."""

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.grids import column, grid, hidden, number
from components.ids import Models
from components.model_cards import decision_words
from components.model_words import ACTIONS, STATUSES, model_title
from components.quality_cards import moment
from models.domain.model_views import DecisionLine, ModelsReport, RegisteredModel

EXAMINE_LISTENERS = {
    "firstDataRendered": ["glassboxFit(params)"],
    "rowDataUpdated": ["glassboxFit(params)"],
    "rowClicked": ["glassboxExamine(params)"],
    "cellKeyDown": ["glassboxExamineKey(params)"],
}

MODEL_COLUMNS: list[dict[str, Any]] = [
    column("id", "Model", 1, 64, 54, "Number in the registry", type="rightAligned", cellClass="num"),
    column("name", "Name", 1, 150, 110, "Name in the catalogue", cellClass="ticker"),
    column(
        "status",
        "Status",
        1,
        130,
        104,
        " ".join(f"{sign} {words}: {tip}" for sign, words, tip in STATUSES.values()),
        tooltipField="decision",
    ),
    column("information_coefficient", "IC", 2, 76, 66, "Mean rank IC out of sample", **number("signed3")),
    column("train_from", "Learnt from", 6, 100, 92, "First session that it learnt from", **number("day")),
    column(
        "train_to", "to", 5, 100, 92, "Last session that it learnt from or was calibrated on", **number("day")
    ),
    column("trained_at", "Trained", 3, 150, 140, "When it was trained", cellClass="quiet small"),
    column("audit", "Audit", 4, 84, 76, "Leakage audit of its training"),
    column("trial_id", "Trial", 8, 60, 54, "Its number in the ledger", **number("count")),
    column("parent_id", "Parent", 9, 64, 58, "The champion when it was trained", **number("count")),
    column(
        "content",
        "Content",
        7,
        110,
        100,
        "Beginning of the SHA-256 of its files",
        cellClass="quiet source",
        tooltipField="content_hash",
    ),
    column(
        "snapshot",
        "Data",
        10,
        110,
        100,
        "Beginning of the SHA-256 of the prices that it learnt from",
        cellClass="quiet source",
        tooltipField="data_snapshot",
    ),
    *(
        hidden(name)
        for name in (
            "content_hash",
            "data_snapshot",
            "feature_hash",
            "code_version",
            "seed",
            "decision",
            "fault",
        )
    ),
]
MODEL_EXPORT = [
    "id",
    "name",
    "status",
    "information_coefficient",
    "train_from",
    "train_to",
    "trained_at",
    "audit",
    "trial_id",
    "parent_id",
    "seed",
    "content_hash",
    "data_snapshot",
    "feature_hash",
    "code_version",
    "decision",
    "fault",
]


def registry_grid() -> Component:
    """Return the grid of the registry, without rows yet."""
    return grid(
        Models.REGISTRY,
        MODEL_COLUMNS,
        MODEL_EXPORT,
        EXAMINE_LISTENERS,
        row_id="params.data.key",
        row_filter="glassboxModelPasses(params.data)",
    )


def model_rows(report: ModelsReport) -> list[dict[str, Any]]:
    """Return the registry as rows, newest first."""
    return [_model_row(model) for model in report.models]


def history(decisions: Sequence[DecisionLine]) -> Component:
    """Return what was decided, newest first, each with its reasons."""
    if not decisions:
        return html.P(
            "Nothing has been decided yet. Each promotion, refusal, retirement and roll-back will stand here "
            "with who decided it, when and why.",
            className="plain nothing",
        )
    return html.Ol([_decision(one) for one in decisions], className="history")


def _decision(decision: DecisionLine) -> Component:
    reasons = [html.Li(reason) for reason in decision.reasons]
    return html.Li(
        [
            html.Div(
                [
                    html.Span(
                        f"{model_title(decision.model_name)} (model {decision.model_id}) ", className="strong"
                    ),
                    html.Span(ACTIONS[decision.action], className=f"action {decision.action.value}"),
                    html.Span(f" by {decision.actor}, {moment(decision.at)}", className="stamp"),
                ]
            ),
            *([html.Ul(reasons, className="reasons")] if reasons else []),
        ]
    )


def _model_row(model: RegisteredModel) -> dict[str, Any]:
    sign, words, _ = STATUSES[model.status]
    if model.is_rolled_back:
        sign, words = "↶", "Rolled back"
    return {
        "key": f"model:{model.id}",
        "id": model.id,
        "name": model_title(model.name),
        "status": f"{sign} {words}{' by force' if model.is_forced else ''}",
        "information_coefficient": model.information_coefficient,
        "train_from": model.train_from.isoformat(),
        "train_to": model.train_to.isoformat(),
        "trained_at": moment(model.trained_at),
        "audit": "✓ clean" if model.is_audited_clean else "✕ not clean",
        "trial_id": model.trial_id,
        "parent_id": model.parent_id,
        "content": model.content_hash[:12],
        "snapshot": model.data_snapshot[:12],
        "content_hash": model.content_hash,
        "data_snapshot": model.data_snapshot,
        "feature_hash": model.feature_hash,
        "code_version": model.code_version,
        "seed": model.seed,
        "decision": decision_words(model.decision) if model.decision else "",
        "fault": model.fault,
    }
