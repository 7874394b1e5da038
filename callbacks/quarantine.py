"""One row in quarantine beside its neighbours, and what an administrator decides on it."""

from dataclasses import dataclass, fields
from typing import Any, Protocol

from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.data_quality import QualityReader
from callbacks.requester import requester_address
from components import states
from components.ids import Quarantine, Shell
from components.quarantine_card import nothing_chosen, outcome, question, row_detail
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError, UserError
from models.domain.market import QuarantineKey, QuarantineStatus
from models.domain.quality_views import QuarantinedRow
from models.domain.users import Role
from services.commands.access import has_role

_DECISIONS = {
    Quarantine.RELEASE: QuarantineStatus.RELEASED,
    Quarantine.CONFIRM: QuarantineStatus.CONFIRMED,
}
_LONGEST = 2_000  # characters of a row's name; no source has longer ones
_GONE = "This row is no longer in quarantine: the source has given it otherwise. Choose another."


class QuarantineDesk(Protocol):
    """What decides on rows; ``services.commands.quarantine`` does. Both need the role admin."""

    def release(self, key: QuarantineKey, address: str = "") -> None:
        """Store a row as a bar after all; ``address``: where the request came from."""

    def confirm(self, key: QuarantineKey, address: str = "") -> None:
        """Agree that a row is wrong."""


@dataclass(frozen=True)
class RowView:
    """What stands in the card of the chosen row, in the order of the callback's outputs."""

    detail: Any
    are_actions_hidden: Any = True
    is_release_off: Any = True
    is_confirm_off: Any = True


def present_row(queries: QualityReader, chosen: Any) -> RowView:
    """Return the row's details and which decisions are open to whoever asks."""
    key = read_key(chosen)
    if key is None:
        return RowView(nothing_chosen())
    try:
        evidence = queries.row(key)
    except DatabaseUnavailableError:
        return RowView(no_update, no_update, no_update, no_update)
    except NotYetComputedError as missing:
        return RowView([states.error_line(str(missing))])
    if evidence is None:
        return RowView([states.error_line(_GONE)])
    open_to = _open_decisions(evidence.row)
    return RowView(
        row_detail(evidence, is_admin=has_role(Role.ADMIN)),
        are_actions_hidden=not has_role(Role.ADMIN) or evidence.row.status is QuarantineStatus.RELEASED,
        is_release_off=QuarantineStatus.RELEASED not in open_to,
        is_confirm_off=QuarantineStatus.CONFIRMED not in open_to,
    )


def present_question(
    queries: QualityReader, chosen: Any, status: QuarantineStatus
) -> tuple[bool, Any, Any, Any, Any]:
    """Return the dialog: whether it opens, title, text, the answer's words, and what is asked."""
    row = _row_to_decide(queries, chosen, status)
    if row is None:
        return False, no_update, no_update, no_update, None
    asked = question(status, row)
    text = html.Ul([html.Li(line) for line in asked.consequences])
    return True, asked.title, text, asked.answer, {**chosen, "status": status.value}


def carry_out(desk: QuarantineDesk, asked: Any) -> Component:
    """Do what was asked and confirmed, and say so; what is refused is said too, and nothing is done."""
    key = read_key(asked)
    decisions = {
        QuarantineStatus.RELEASED.value: desk.release,
        QuarantineStatus.CONFIRMED.value: desk.confirm,
    }
    decide = decisions.get(str(asked.get("status"))) if key is not None else None
    if key is None or decide is None:
        return states.error_line("No row was chosen: nothing was decided.")
    try:
        decide(key, requester_address())
    except UserError as refused:
        return states.error_line(f"Nothing was decided. {refused}")
    except DatabaseUnavailableError:
        return states.error_line("The database is out of reach: nothing was decided. Try again in a moment.")
    return html.Div(outcome(QuarantineStatus(asked["status"]), key), className="done")


def read_key(chosen: Any) -> QuarantineKey | None:
    """Return the row that a page names, None where it names none: whatever may stand there."""
    if not isinstance(chosen, dict):
        return None
    parts = [chosen.get(name) for name in ("symbol", "rule", "source")]
    if not all(isinstance(part, str) and len(part) <= _LONGEST for part in parts):
        return None
    return QuarantineKey(*(str(part) for part in parts))


def _row_to_decide(queries: QualityReader, chosen: Any, status: QuarantineStatus) -> QuarantinedRow | None:
    key = read_key(chosen)
    try:
        evidence = None if key is None else queries.row(key)
    except (DatabaseUnavailableError, NotYetComputedError):
        return None
    return evidence.row if evidence is not None and status in _open_decisions(evidence.row) else None


def _open_decisions(row: QuarantinedRow) -> frozenset[QuarantineStatus]:
    """Return what may be decided on a row; the command checks again, and more."""
    if not has_role(Role.ADMIN) or row.status is QuarantineStatus.RELEASED:
        return frozenset()
    decisions = {QuarantineStatus.CONFIRMED} if row.status is QuarantineStatus.QUARANTINED else set()
    return frozenset(decisions | (set() if row.lacks else {QuarantineStatus.RELEASED}))


def register(app: Dash, queries: QualityReader, desk: QuarantineDesk) -> None:
    """Connect the row's details, the question and the decision."""

    @app.callback(
        Output(Quarantine.DETAIL, "children"),
        Output(Quarantine.ACTIONS, "hidden"),
        Output(Quarantine.RELEASE, "disabled"),
        Output(Quarantine.CONFIRM, "disabled"),
        Input(Quarantine.ROW, "data"),
        Input(Shell.REVISION, "data"),
        prevent_initial_call=True,
    )
    def show_row(chosen: Any, revision: dict[str, Any] | None) -> tuple[Any, ...]:
        if chosen is None or revision is None:
            raise PreventUpdate
        view = present_row(queries, chosen)
        return tuple(getattr(view, each.name) for each in fields(view))

    @app.callback(
        Output(Quarantine.DIALOG, "is_open"),
        Output(Quarantine.DIALOG_TITLE, "children"),
        Output(Quarantine.DIALOG_TEXT, "children"),
        Output(Quarantine.DECIDE, "children"),
        Output(Quarantine.ASKED, "data"),
        Input(Quarantine.RELEASE, "n_clicks"),
        Input(Quarantine.CONFIRM, "n_clicks"),
        Input(Quarantine.CANCEL, "n_clicks"),
        Input(Quarantine.DECIDE, "n_clicks"),
        State(Quarantine.ROW, "data"),
        prevent_initial_call=True,
    )
    def ask(
        _release: int | None, _confirm: int | None, _cancel: int | None, _decide: int | None, chosen: Any
    ) -> tuple[Any, ...]:
        status = _DECISIONS.get(str(ctx.triggered_id))
        if status is None:
            return False, no_update, no_update, no_update, no_update
        return present_question(queries, chosen, status)

    @app.callback(
        Output(Quarantine.RESULT, "children"),
        Input(Quarantine.DECIDE, "n_clicks"),
        Input(Quarantine.ROW, "data"),
        State(Quarantine.ASKED, "data"),
        prevent_initial_call=True,
    )
    def decide(n_clicks: int | None, _chosen: Any, asked: Any) -> Any:
        if ctx.triggered_id != Quarantine.DECIDE:
            return None  # what was said of another row
        return carry_out(desk, asked) if n_clicks else None
