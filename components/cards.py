"""Parts of the ticker panel: its head, the evidence behind a label and the table of indicators."""

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components import formats
from models.domain.feed import FeedRow, IndicatorValue, Quote, TickerDetail
from models.domain.signals import MATURITY_SESSIONS, Label


def label_badge(label: Label | None) -> Component:
    """Return a label with its arrow and colour; the words alone say the same."""
    if label is None:
        return html.Span("No score", className="badge-label none")
    return html.Span(
        [html.Span(formats.ARROWS[label], **{"aria-hidden": "true"}), " ", formats.label_text(label)],
        className=f"badge-label {formats.DIRECTIONS[label]}",
    )


def ticker_head(detail: TickerDetail, quote: Quote | None = None) -> list[Component]:
    """Return symbol, name, price and what they stand for; a quote since the close in a line of its own."""
    row = detail.row
    about = " · ".join(part for part in (row.name, row.sector) if part and part != row.symbol)
    lines = [
        html.Div(
            [html.H2(row.symbol, className="ticker-symbol"), html.Span(about, className="ticker-name")],
            className="ticker-title",
        ),
        html.Div(
            [
                html.Span(formats.price(row.close), className="ticker-price"),
                html.Span(
                    formats.change(row.day_change),
                    className=f"ticker-change {formats.direction_of(row.day_change)}",
                ),
                html.Span(f"{formats.day(row.session)} close", className="stamp"),
                html.Span(
                    [
                        html.Span(label_badge(row.label), className="by-threshold"),
                        html.Span(label_badge(row.quantile_label), className="by-quantile"),
                        html.Span(_score_or_nothing(row), className="ticker-score"),
                    ],
                    className="ticker-verdict",
                ),
            ],
            className="ticker-line",
        ),
    ]
    if quote is not None:
        lines.append(_quote_line(quote))
    if row.note:
        lines.append(html.Div(row.note, className="stamp"))
    return lines


def _quote_line(quote: Quote) -> Component:
    moved = "" if quote.change is None else f" {formats.change(quote.change)}"
    day = formats.day(quote.quoted_at.date())
    words = f"Quoted {formats.price(quote.price)}{moved} at {quote.quoted_at:%H:%M} UTC on {day}"
    return html.Div(f"{words}; shown only, not in the score", className="stamp")


def evidence_card(row: FeedRow) -> Component:
    """Return how likely the label is to be right beside its base rate, or why nobody can tell."""
    if row.label is None or row.confidence is None or row.confidence_base_rate is None:
        return html.P(no_evidence(row), className="plain")
    edge = row.confidence - row.confidence_base_rate
    move, moved = ("fall", "fell") if formats.DIRECTIONS[row.label] == "down" else ("rise", "rose")
    figures = (
        (
            formats.percent(row.confidence),
            f"chance of a {move} over {MATURITY_SESSIONS} sessions, fitted out of sample",
        ),
        (formats.percent(row.confidence_base_rate), f"base rate: how often prices {moved} anyway"),
        (
            f"{formats.signed(edge * 100, 1, plus=True)} points",
            f"against the base rate, n = {formats.count(row.confidence_n or 0)}",
        ),
    )
    cards = html.Div([_figure(value, words) for value, words in figures], className="figures")
    if edge > 0:
        return cards
    verdict = "No edge: so far this label has told nothing that the base rate does not."
    return html.Div([cards, html.P(verdict, className="plain verdict")])


def no_evidence(row: FeedRow) -> str:
    """Return why a row has no calibrated confidence."""
    if row.confluence is None:
        return "Without a score there is nothing to be right about."
    if row.label is Label.HOLD:
        return "Hold has no direction to be right about, so it carries no probability."
    return (
        "Nobody can tell yet: fewer than 500 matured signals, or fewer than 250 days of them, stand behind "
        "this label. No number is shown until there are enough."
    )


def indicator_table(indicators: tuple[IndicatorValue, ...]) -> Component:
    """Return the indicators by family; the formula shows on hover and focus."""
    if not indicators:
        return html.P("No indicators have been computed for this session.", className="plain")
    families: dict[str, list[IndicatorValue]] = {}
    for indicator in indicators:
        families.setdefault(indicator.metadata.family, []).append(indicator)
    return html.Div(
        [
            html.Div(
                [
                    html.H4(family.capitalize(), className="family"),
                    dbc.Table(
                        html.Tbody([_indicator(each) for each in members]),
                        size="sm",
                        borderless=True,
                        class_name="indicators",
                    ),
                ]
            )
            for family, members in families.items()
        ],
        className="families",
    )


def _score_or_nothing(row: FeedRow) -> str:
    return "" if row.confluence is None else formats.score(row.confluence)


def _indicator(indicator: IndicatorValue) -> Component:
    about = indicator.metadata
    value = formats.quantity(indicator.value)
    if indicator.value is None:
        value = f"from session {about.warm_up_sessions}"
    return html.Tr(
        [
            html.Th(
                html.Span(
                    about.title, tabIndex=0, className="has-tip", **{"data-tip": about.formula or about.title}
                ),
                scope="row",
            ),
            html.Td(value, className="num" if indicator.value is not None else "missing"),
        ]
    )


def _figure(value: str, words: str) -> Component:
    return html.Div(
        [html.Div(value, className="key-figure"), html.Div(words, className="stamp")], className="figure"
    )
