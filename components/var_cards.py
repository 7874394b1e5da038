"""The value-at-risk page in words and key figures, each loss with its standard error."""

from dash import html
from dash.development.base_component import Component

from components import formats
from models.domain.risk import LARGE_LOSS, Estimate, RiskReport, RiskSnapshot
from models.domain.risk_request import METHOD_TITLES, Book, BookOrigin
from models.domain.risk_view import RiskView

_SHOWN_COMPLETIONS = 6


def loss(estimate: Estimate) -> str:
    """Return a loss in per cent with its standard error."""
    return f"{formats.percent(estimate.value, 2)} (± {100 * estimate.standard_error:.2f})"


def horizon_words(n_sessions: int) -> str:
    """Return a horizon as a sentence has it."""
    return "by tomorrow" if n_sessions == 1 else f"over {n_sessions} sessions"


def book_words(book: Book) -> str:
    """Return whose book it is, as the subject of a sentence."""
    return {
        BookOrigin.PORTFOLIO: "the book",
        BookOrigin.EDITED: "the edited book",
        BookOrigin.REFERENCE: "the equal-weight reference book",
    }[book.origin]


def sentence(report: RiskReport, snapshot: RiskSnapshot, confidence: float) -> list[Component]:
    """Return the page's first sentence: what could be lost."""
    tail = snapshot.tail(confidence)
    level, rest = formats.percent(confidence, 0), formats.percent(1.0 - confidence, 0)
    horizon = horizon_words(snapshot.settings.horizon_sessions)
    words = (
        f"With {level} confidence {book_words(report.book)} {_bounded(tail.value_at_risk)} {horizon}; "
        f"the worst {rest} average {loss(tail.expected_shortfall)}."
    )
    return [
        html.Span(words, className="sentence"),
        html.Span("± is the standard error of the simulation, in points", className="stamp"),
    ]


def _bounded(value_at_risk: Estimate) -> str:
    if value_at_risk.value >= 0:
        return f"loses less than {loss(value_at_risk)}"
    return f"gains more than {loss(Estimate(-value_at_risk.value, value_at_risk.standard_error))}"


def basis(view: RiskView, report: RiskReport, snapshot: RiskSnapshot) -> list[Component]:
    """Return what the figures rest on: book, method, paths, history, and when they were computed."""
    book = report.book
    badge = html.Span(
        book.label,
        className="badge-label hold" if book.origin is BookOrigin.PORTFOLIO else "badge-label warned",
    )
    n_held = len(book.symbols)
    holds = (
        f"{formats.count(n_held)} position{'' if n_held == 1 else 's'}, {formats.percent(book.gross)} gross"
    )
    facts = (
        f"{holds} at the close of {formats.day(book.session)}",
        f"{METHOD_TITLES[snapshot.method]}, {formats.count(snapshot.settings.n_paths)} paths",
        f"{formats.count(snapshot.n_history)} sessions of history since {formats.day(snapshot.history_from)}",
        f"computed {report.computed_at:%H:%M} UTC, {formats.day(report.computed_at.date())}",
    )
    parts: list[Component] = [badge, html.Span(" · ".join(facts), className="stamp")]
    notes = [note for note in (book.note, *report.notes, *snapshot.notes, _completed(snapshot)) if note]
    if view.n_behind:
        sessions = "session" if view.n_behind == 1 else "sessions"
        notes.insert(
            0, f"{view.n_behind} {sessions} of prices came since: simulate again for today's figures."
        )
    if notes:
        parts.append(
            html.Details(
                [
                    html.Summary(f"{len(notes)} note{'' if len(notes) == 1 else 's'}"),
                    html.Ul([html.Li(note) for note in notes]),
                ],
                open=bool(view.n_behind),
                className="basis-notes",
            )
        )
    return parts


def _completed(snapshot: RiskSnapshot) -> str:
    """Return which histories were too short and how they were completed."""
    if not snapshot.completions:
        return ""
    told = [
        f"{one.symbol} ({formats.percent(one.share, 0)} of its returns, beta {one.beta:.2f})"
        for one in snapshot.completions[:_SHOWN_COMPLETIONS]
    ]
    n_more = len(snapshot.completions) - len(told)
    more = f" and {n_more} more" if n_more else ""
    return f"Completed by beta to the benchmark and residuals: {', '.join(told)}{more}."


def key_figures(
    report: RiskReport, snapshot: RiskSnapshot, confidence: float, other: RiskSnapshot | None
) -> list[Component]:
    """Return the key figures; ``other``: the current book's, to compare an edited one with."""
    tail = snapshot.tail(confidence)
    before = other.tail(confidence) if other is not None else None
    level = formats.percent(confidence, 0)
    figures = (
        (
            f"Value at risk {level}",
            tail.value_at_risk,
            before and before.value_at_risk,
            "not exceeded so often",
        ),
        (
            f"Expected shortfall {level}",
            tail.expected_shortfall,
            before and before.expected_shortfall,
            f"mean of the worst {formats.percent(1.0 - confidence, 0)}",
        ),
        (
            "Largest fall on the way, 95 %",
            snapshot.max_drawdown,
            other and other.max_drawdown,
            "from a peak; 19 of 20 paths stay below",
        ),
        (
            f"Loses over {formats.percent(LARGE_LOSS, 0)}",
            snapshot.large_loss_probability,
            other and other.large_loss_probability,
            _rare_words(snapshot),
        ),
        (
            "Mean return",
            snapshot.mean,
            other and other.mean,
            horizon_words(snapshot.settings.horizon_sessions),
        ),
    )
    return [_figure(*each) for each in figures]


def _rare_words(snapshot: RiskSnapshot) -> str:
    """Return what stands beside the share of paths that lose much; of none, how many it could be."""
    if snapshot.large_loss_probability.value > 0:
        return "share of the paths"
    n_paths = snapshot.settings.n_paths
    # No case among n leaves, with 95 % confidence, a probability below 3 / n.
    return f"none of {formats.count(n_paths)} paths, so below {300 / n_paths:.2g}{formats.THIN}%"


def _figure(title: str, estimate: Estimate, other: Estimate | None, words: str) -> Component:
    lines = [
        html.Div(title, className="figure-title"),
        html.Div(
            [
                formats.percent(estimate.value, 2),
                html.Span(f" ± {100 * estimate.standard_error:.2f}", className="stamp"),
            ],
            className="key-figure",
        ),
        html.Div(words, className="stamp"),
    ]
    if other is not None:
        lines.append(html.Div(f"today's book: {formats.percent(other.value, 2)}", className="stamp compared"))
    return html.Div(lines, className="figure")
