"""One row in quarantine beside the bars around it, and the words of the decision on it."""

from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components import formats
from components.ids import Quarantine
from components.quality_cards import moment
from components.quality_words import STATUSES, rule_words
from models.domain.market import QuarantineKey, QuarantineStatus
from models.domain.quality_views import QuarantinedRow, RowEvidence, StoredBar

_COLUMNS = ("Session", "Open", "High", "Low", "Close", "Volume")


@dataclass(frozen=True)
class Question:
    """What is asked before a decision is carried out."""

    title: str
    consequences: tuple[str, ...]
    answer: str


def row_detail(evidence: RowEvidence, *, is_admin: bool) -> list[Component]:
    """Return a rejected row with its reason and place, among the bars that are stored around it.

    ``is_admin``: whether whoever looks may decide on it.
    """
    row = evidence.row
    words = rule_words(row.rule)
    status = STATUSES[row.status]
    decided = f"Decided by {row.decided_by}, {moment(row.decided_at)}. " if row.decided_by else ""
    return [
        html.Div(
            [
                html.H3(
                    [row.symbol or "(no symbol)", " ", formats.day(row.session)], className="ticker-symbol"
                ),
                html.Span(status.title, className=f"decision {row.status.value}"),
            ],
            className="supply-head",
        ),
        html.P([html.B(words.title), ": ", words.definition], className="plain"),
        html.P(["It holds ", html.Span(row.detail, className="strong"), "."], className="plain"),
        html.P(
            [html.Span("Where: "), html.Span(row.source or "not known", className="quiet source")],
            className="plain",
        ),
        html.P(f"Found {moment(row.found_at)}. {decided}{status.definition}", className="plain"),
        _neighbours(evidence),
        *(html.P(line, className="plain") for line in _limits(row, is_admin=is_admin)),
    ]


def nothing_chosen() -> list[Component]:
    """Return what stands there before a row is chosen."""
    return [
        html.P(
            "Choose a row to see it beside the bars that are stored around it.",
            className="plain",
        )
    ]


def question(status: QuarantineStatus, row: QuarantinedRow) -> Question:
    """Return what will happen when a row is released or confirmed."""
    which = f"{row.symbol} of {formats.day(row.session)}"
    recorded = "The decision goes into the audit log under your name."
    if status is QuarantineStatus.RELEASED:
        return Question(
            f"Release {which}?",
            (
                f"The row becomes a bar: {_in_words(row)}.",
                "It counts as known from now on: what was computed for earlier dates is not rewritten.",
                "The next run assesses the prices again and scores the symbol anew from that session on.",
                "It cannot be taken back: what has been known as a bar cannot become unknown.",
                recorded,
            ),
            "Release it",
        )
    return Question(
        f"Confirm that {which} is wrong?",
        (
            "The row stays out of everything that is computed, and no longer waits.",
            "It comes back for a decision only if the source gives it with other values.",
            recorded,
        ),
        "Confirm it",
    )


def outcome(status: QuarantineStatus, key: QuarantineKey) -> str:
    """Return what was done."""
    if status is QuarantineStatus.RELEASED:
        return f"Released: the row of {key.symbol} is a bar now; the next run scores the symbol anew."
    return f"Confirmed: the row of {key.symbol} stays out."


def decision_dialog() -> Component:
    """Return the dialog that asks before a decision is carried out, closed."""
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle(id=Quarantine.DIALOG_TITLE), close_button=False),
            dbc.ModalBody(id=Quarantine.DIALOG_TEXT),
            dbc.ModalFooter(
                [
                    html.Button("Leave it as it is", id=Quarantine.CANCEL, type="button", className="button"),
                    html.Button(id=Quarantine.DECIDE, type="button", className="button button-main"),
                ]
            ),
        ],
        id=Quarantine.DIALOG,
        is_open=False,
        centered=True,
        className="dialog",
    )


def _limits(row: QuarantinedRow, *, is_admin: bool) -> list[str]:
    if not is_admin:
        return ["Releasing or confirming a row takes the role admin."]
    if row.status is not QuarantineStatus.RELEASED and row.lacks:
        return [f"It can never be a bar: it lacks {', '.join(row.lacks)}. Correct it at the source."]
    return []


def _in_words(row: QuarantinedRow) -> str:
    names = ("open", "high", "low", "close", "volume")
    return ", ".join(f"{name} {formats.exact(getattr(row, name))}" for name in names)


def _neighbours(evidence: RowEvidence) -> Component:
    row = evidence.row
    if row.session is None:
        return html.P("Without a date there are no bars around it.", className="plain")
    own = (row.session.isoformat(), "rejected", _cells(formats.day(row.session), row))
    lines = [
        (bar.session.isoformat(), "stored", _cells(formats.day(bar.session), bar)) for bar in evidence.around
    ]
    ordered = sorted([*lines, own], key=lambda line: line[:2], reverse=True)
    body = [
        html.Tr(
            [
                html.Th(
                    [cells[0], html.Span("this row", className="this-row") if kind == "rejected" else None]
                ),
                *(html.Td(cell, className="num") for cell in cells[1:]),
            ],
            className=f"is-{kind}",
        )
        for _, kind, cells in ordered
    ]
    caption = (
        "The row among the bars stored around it, newest first"
        if evidence.around
        else "No bars are stored around it"
    )
    return dbc.Table(
        [
            html.Caption(caption),
            html.Thead(
                html.Tr([html.Th(each, className="" if each == "Session" else "num") for each in _COLUMNS])
            ),
            html.Tbody(body),
        ],
        size="sm",
        borderless=True,
        class_name="neighbours",
    )


def _cells(session: str, bar: StoredBar | QuarantinedRow) -> tuple[str, ...]:
    values = (bar.open, bar.high, bar.low, bar.close, bar.volume)
    return (session, *(formats.exact(value) for value in values))
