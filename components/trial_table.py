"""The ledger as a grid: every configuration that was ever tried."""

from typing import Any

from dash.development.base_component import Component

from components.grids import column, grid, number
from components.ids import Models
from components.model_tables import EXAMINE_LISTENERS
from components.model_words import model_title
from components.quality_cards import moment
from models.domain.model_views import ModelsReport, TrialLine
from models.domain.trials import TrialKind

_KINDS = {
    TrialKind.WALK_FORWARD: "walk-forward",
    TrialKind.PROTOCOL: "test",
    TrialKind.VALIDATION: "validation",
}

TRIAL_COLUMNS: list[dict[str, Any]] = [
    column("id", "Trial", 1, 60, 50, "Number in the ledger", type="rightAligned", cellClass="num"),
    column("name", "Model", 1, 150, 120, "What was tried", cellClass="ticker"),
    column(
        "kind",
        "Kind",
        2,
        124,
        110,
        "Walk-forward on these data, or a published benchmark on its own: its validation or its test",
        cellClass="quiet",
    ),
    column(
        "configuration",
        "Configuration",
        4,
        300,
        160,
        "The model's own settings",
        cellClass="quiet small",
        tooltipField="configuration",
    ),
    column("information_coefficient", "IC", 1, 76, 66, "Mean rank IC out of sample", **number("signed3")),
    column(
        "accuracy",
        "Accuracy",
        5,
        84,
        76,
        "Share of forecasts whose likeliest class came true",
        **number("confidence"),
    ),
    column(
        "mcc",
        "MCC",
        6,
        72,
        64,
        "Matthews' correlation of forecast and outcome; 0 tells nothing",
        **number("signed3"),
    ),
    column("sharpe", "Sharpe", 2, 76, 68, "Of its book, a year, after costs", **number("signed2")),
    column(
        "probabilistic",
        "PSR",
        4,
        72,
        64,
        "Probabilistic Sharpe ratio: how probable it is that the true one is above 0",
        **number("confidence"),
    ),
    column(
        "deflated",
        "DSR",
        3,
        72,
        64,
        "Deflated Sharpe ratio: how probable it is that the true one is above what the best of all trials "
        "shows by luck",
        **number("confidence"),
    ),
    column(
        "excess",
        "Net excess",
        3,
        92,
        84,
        "Of its book a year, after costs, less the universe at equal weights",
        **number("change"),
    ),
    column(
        "n_runs",
        "Runs",
        8,
        60,
        54,
        "Folds, seeds and reruns of a configuration are one trial",
        **number("count"),
    ),
    column(
        "first_run_at",
        "First tried",
        9,
        150,
        140,
        "When the configuration was first tried",
        cellClass="quiet small",
    ),
    column(
        "last_run_at",
        "Newest run",
        6,
        150,
        140,
        "When it ran last; its figures are of that run",
        cellClass="quiet small",
    ),
]
TRIAL_EXPORT = [
    "id",
    "name",
    "kind",
    "configuration",
    "information_coefficient",
    "accuracy",
    "mcc",
    "sharpe",
    "probabilistic",
    "deflated",
    "excess",
    "n_runs",
    "first_run_at",
    "last_run_at",
]


def trials_grid() -> Component:
    """Return the grid of the ledger, without rows yet."""
    return grid(
        Models.TRIALS,
        TRIAL_COLUMNS,
        TRIAL_EXPORT,
        EXAMINE_LISTENERS,
        row_id="params.data.key",
        row_filter="glassboxModelPasses(params.data)",
    )


def trial_rows(report: ModelsReport) -> list[dict[str, Any]]:
    """Return the ledger as rows, newest run first."""
    return [_trial_row(line) for line in report.trials]


def _trial_row(line: TrialLine) -> dict[str, Any]:
    return {
        "key": f"trial:{line.id}",
        "is_fixed": line.kind.is_benchmark,  # nothing more of it is kept that could be examined
        "id": line.id,
        "name": model_title(line.name),
        "kind": f"{line.benchmark} {_KINDS[line.kind]}".strip(),
        "configuration": line.configuration,
        "information_coefficient": line.information_coefficient,
        "accuracy": line.accuracy,
        "mcc": line.mcc,
        "sharpe": line.sharpe,
        "probabilistic": line.probabilistic,
        "deflated": line.deflated,
        "excess": line.excess,
        "n_runs": line.n_runs,
        "first_run_at": moment(line.first_run_at),
        "last_run_at": moment(line.last_run_at),
    }
