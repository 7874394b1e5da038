"""The evidence table: every model beside the baselines, each figure with its interval."""

from collections.abc import Sequence
from datetime import date

from dash import html
from dash.development.base_component import Component

from components import formats
from components.model_words import EXCESS, FIGURES, STANDINGS, FigureWords, model_title
from models.domain.model_views import LOWER_IS_BETTER, BookView, Estimate, JudgedModel

_BEST = "◆"


def evidence_table(evidence: Sequence[JudgedModel], shown: str | None) -> Component:
    """Return the table; ``shown``: key of the line whose details stand below."""
    best = {name: _best(evidence, name) for name in (*FIGURES, "excess")}
    reach = max((_reach(line.figure("ic")) for line in evidence), default=0.0) or 0.01
    head = [
        html.Th("Model", scope="col"),
        *(_column_head(words) for words in FIGURES.values()),
        _column_head(EXCESS),
        _column_head(FigureWords("n", "Forecasts out of sample, and the sessions that they are of.")),
    ]
    return html.Table(
        [
            html.Thead(html.Tr(head)),
            html.Tbody([_row(line, best, reach, is_shown=line.key == shown) for line in evidence]),
        ],
        className="evidence-table",
    )


def interval_words(estimate: Estimate, words: FigureWords) -> str:
    """Return ``-0.020 to 0.062``; empty where the bounds are not known."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{figure_text(estimate.low, words)} to {figure_text(estimate.high, words)}"


def figure_text(value: float | None, words: FigureWords) -> str:
    """Return a figure with the decimals of its column; shares without their unit, which the head has."""
    if value is None:
        return formats.MISSING
    return formats.signed(value * 100 if words.is_share else value, words.n_decimals)


def beaten(share: float) -> str:
    """Return a share of random books; one that is not whole never looks whole."""
    return formats.percent(share if share >= 1.0 else min(share, 0.99), 0)


def session_day(session: str) -> str:
    """Return an ISO date as ``28 Jan 2003``."""
    return formats.day(date.fromisoformat(session)) if session else formats.MISSING


def _column_head(words: FigureWords) -> Component:
    unit = [html.Span(f"{formats.THIN}%", className="unit")] if words.is_share else []
    return html.Th(
        html.Span([words.title, *unit], className="has-tip", tabIndex=0, **{"data-tip": words.definition}),
        scope="col",
        className="num",
    )


def _row(line: JudgedModel, best: dict[str, str | None], reach: float, *, is_shown: bool) -> Component:
    cells = [
        _cell(line, name, line.figure(name), words, is_best=best[name] == line.key, reach=reach)
        for name, words in FIGURES.items()
    ]
    names = ["evidence-row", f"is-{line.standing.value}"]
    return html.Tr(
        [
            html.Th(_name(line, is_shown=is_shown), scope="row"),
            *cells,
            _excess_cell(line, is_best=best["excess"] == line.key),
            _sample_cell(line),
        ],
        className=" ".join([*names, "is-shown"] if is_shown else names),
    )


def _name(line: JudgedModel, *, is_shown: bool) -> list[Component]:
    number = f"model {line.model_id}" if line.model_id is not None else f"trial {line.trial_id}"
    return [
        html.Button(
            model_title(line.name),
            type="button",
            className="link-button",
            **{
                "data-examine": line.key,
                "data-tip": "Show its calibration, periods and settings below",
                "aria-pressed": str(is_shown).lower(),
            },
        ),
        html.Span(f"{STANDINGS[line.standing]} · {number}", className="stamp"),
    ]


def _cell(
    line: JudgedModel, name: str, estimate: Estimate, words: FigureWords, *, is_best: bool, reach: float
) -> Component:
    bar = [_interval_bar(estimate, reach)] if name == "ic" else []
    return html.Td(
        [
            _value(figure_text(estimate.value, words), is_best=is_best),
            *bar,
            html.Span(interval_words(estimate, words), className="interval"),
        ],
        className=f"num figure-{name}",
        **{"data-label": words.title + (f"{formats.THIN}%" if words.is_share else "")},
    )


def _value(text: str, *, is_best: bool) -> Component:
    if not is_best:
        return html.Span(text, className="value")
    mark = html.Span(_BEST, className="best-mark", role="img", **{"aria-label": "best of the column"})
    return html.Span([mark, text], className="value is-best")


def _excess_cell(line: JudgedModel, *, is_best: bool) -> Component:
    book, label = line.book, f"{EXCESS.title}{formats.THIN}%"
    if book is None:
        return html.Td(html.Span("no book", className="missing"), className="num", **{"data-label": label})
    beneath = [interval_words(book.excess, EXCESS)]
    if book.percentile is not None:
        beneath.append(f"beats {beaten(book.percentile)} of random")
    return html.Td(
        [
            _value(figure_text(book.excess.value, EXCESS), is_best=is_best),
            *(html.Span(words, className="interval") for words in beneath if words),
        ],
        className="num figure-excess",
        **{"data-label": label, "data-tip": _book_tip(book)},
    )


def _book_tip(book: BookView) -> str:
    days = f"{session_day(book.first_session)} to {session_day(book.last_session)}"
    return (
        f"{formats.count(book.n_trades)} trades over {formats.count(book.n_sessions)} sessions, {days}; the "
        f"book earned {formats.percent(book.annual_return)} a year after costs, the median of "
        f"{formats.count(book.n_random_books)} random ones is {formats.percent(book.median_excess)} against "
        "equal weights."
    )


def _sample_cell(line: JudgedModel) -> Component:
    sessions = f"{formats.count(line.n_sessions)} sessions"
    if not line.is_comparable:
        sessions = f"! {sessions}"
    tip = f"{session_day(line.first_session)} to {session_day(line.last_session)}"
    if not line.is_comparable:
        tip += "; not the sessions of the first line, so the two cannot be compared figure by figure"
    return html.Td(
        [
            html.Span(formats.count(line.n), className="value"),
            html.Span(sessions, className="interval" if line.is_comparable else "interval is-other"),
        ],
        className="num figure-n",
        **{"data-label": "n", "data-tip": tip},
    )


def _interval_bar(estimate: Estimate, reach: float) -> Component:
    """Draw the interval on one scale for all lines, zero in the middle; the words beneath say the same."""

    def place(value: float) -> float:
        return 50.0 + 50.0 * value / reach

    parts: list[Component] = [html.I(className="bar-zero")]
    if estimate.low is not None and estimate.high is not None:
        left, right = place(estimate.low), place(estimate.high)
        style = {"left": f"{left:.1f}%", "width": f"{max(right - left, 0.5):.1f}%"}
        parts.append(html.I(className="bar-span", style=style))
    if estimate.value is not None:
        parts.append(html.I(className="bar-point", style={"left": f"{place(estimate.value):.1f}%"}))
    return html.Span(parts, className="interval-bar", **{"aria-hidden": "true"})


def _reach(estimate: Estimate) -> float:
    return max(
        (abs(value) for value in (estimate.value, estimate.low, estimate.high) if value is not None),
        default=0.0,
    )


def _best(evidence: Sequence[JudgedModel], name: str) -> str | None:
    """Return the key of the best line of a column; None where fewer than two can be compared, or all tie."""
    found = {
        line.key: value
        for line in evidence
        if line.is_comparable and (value := _value_of(line, name)) is not None
    }
    if len(found) < 2 or len(set(found.values())) < 2:
        return None
    sign = -1.0 if name in LOWER_IS_BETTER else 1.0
    return max(found, key=lambda key: sign * found[key])


def _value_of(line: JudgedModel, name: str) -> float | None:
    if name == "excess":
        return line.book.excess.value if line.book else None
    return line.figure(name).value
