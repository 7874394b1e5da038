"""What stands behind one symbol's row: its measures, gaps, flags and rejected rows."""

from dash import dcc, html
from dash.development.base_component import Component

from components import formats
from components.quality_cards import verdict_badge
from components.quality_words import MEASURES, STATUSES, rule_words, verdict_words
from models.domain.quality_views import BarFlag, Gap, Measure, QuarantinedRow, SymbolEvidence, SymbolQuality


def symbol_head(row: SymbolQuality) -> list[Component]:
    """Return symbol, name, sector and verdict."""
    about = " · ".join(part for part in (row.name, row.sector) if part and part != row.symbol)
    return [
        html.Div(
            [html.H2(row.symbol, className="ticker-symbol"), html.Span(about, className="ticker-name")],
            className="ticker-title",
        ),
        html.Div(
            [
                verdict_badge(row.verdict, verdict_words(row)),
                html.Span(
                    f"{formats.count(row.n_bars)} bars, {formats.day(row.first_session)} to "
                    f"{formats.day(row.last_session)}",
                    className="stamp",
                ),
                dcc.Link("Its signal", href=f"/signals?symbol={row.symbol}", className="panel-link"),
            ],
            className="ticker-line",
        ),
    ]


def symbol_body(evidence: SymbolEvidence) -> list[Component]:
    """Return the measures and the lists below them."""
    return [
        html.Div([_measure(evidence.row, measure) for measure in Measure], className="figures measures"),
        _section("Gaps", evidence.n_gaps, [_gap(gap) for gap in evidence.gaps], "No session lacks a bar."),
        _section(
            "Rejected rows",
            evidence.n_quarantine,
            [_rejected(row) for row in evidence.quarantine],
            "Every row of the source kept every hard rule.",
        ),
        _section(
            "Flags", evidence.n_flags, [_flag(flag) for flag in evidence.flags], "No bar met a soft rule."
        ),
    ]


def _measure(row: SymbolQuality, measure: Measure) -> Component:
    words = MEASURES[measure]
    note = ""
    if measure is Measure.COMPLETENESS:
        note = f"{formats.count(max(row.n_expected - row.n_bars, 0))} missing"
    return html.Div(
        [
            html.Div(formats.share(getattr(row, measure)), className="key-figure"),
            html.Div(
                html.Span(words.title, className="has-tip", tabIndex=0, **{"data-tip": words.definition}),
                className="stamp",
            ),
            html.Div(note, className="stamp"),
        ],
        className="figure",
    )


def _section(title: str, total: int, lines: list[Component], none: str) -> Component:
    if not lines:
        content: Component = html.P(none, className="plain")
    else:
        content = html.Ul(lines, className="evidence-list")
    shown = len(lines)
    note = f"the newest {formats.count(shown)} of {formats.count(total)}; the rest is in `export quality`"
    return html.Section(
        [
            html.H3(
                [
                    title,
                    html.Span(formats.count(total) if total <= shown else note, className="stamp"),
                ],
                className="section-title",
            ),
            content,
        ],
        className="panel-section",
    )


def _gap(gap: Gap) -> Component:
    span = formats.day(gap.first)
    if gap.n_sessions > 1:
        span += f" to {formats.day(gap.last)}"
    words = "1 session" if gap.n_sessions == 1 else f"{formats.count(gap.n_sessions)} sessions"
    return html.Li([html.Span(span), html.Span(words, className="quiet")])


def _flag(flag: BarFlag) -> Component:
    return html.Li([html.Span(formats.day(flag.session)), _named(flag.rule), _quiet(flag.detail)])


def _rejected(row: QuarantinedRow) -> Component:
    status = STATUSES[row.status].title.lower()
    return html.Li(
        [
            html.Span(formats.day(row.session)),
            _named(row.rule),
            _quiet(f"{row.detail} · {row.source} · {status}"),
        ]
    )


def _named(rule: str) -> Component:
    words = rule_words(rule)
    return html.Span(words.title, className="has-tip", tabIndex=0, **{"data-tip": words.definition})


def _quiet(text: str) -> Component:
    return html.Span(text, className="quiet evidence-detail")
