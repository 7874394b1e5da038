"""What stands beside the matrix: its measures, what it warns of, its extremes, and what is not in it."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components import formats
from components.correlation_controls import METHOD_WORDS
from models.domain.correlation import (
    Concentration,
    CorrelationMatrix,
    LeftOut,
    Pair,
    RollingPair,
)

_MAX_SHOWN = 4  # concentrations told one by one
_MAX_NAMES = 6
_ONE_FACTOR = 0.5  # a share of the largest eigenvalue that is worth a warning
_TWIN = 0.95


def coefficient(value: float) -> str:
    """Return a correlation with two decimals; one that is not whole never looks whole."""
    if abs(value) < 1.0:
        value = max(min(value, 0.994), -0.994)
    return formats.signed(value, 2)


def summary(matrix: CorrelationMatrix) -> list[Component]:
    """Return the page's sentence, and what it rests on."""
    measures = matrix.measures
    what = "symbols" if matrix.request.sector is None else f"symbols of {matrix.request.sector}"
    sentence = (
        f"{formats.count(matrix.n_symbols)} {what} behave like {_bets(measures.effective_bets)} independent "
        f"bets: one factor explains {formats.percent(measures.largest_share)} of their movement, two of them "
        f"correlate {coefficient(measures.average)} on average."
    )
    basis = (
        f"{METHOD_WORDS[matrix.request.method]}, {formats.count(matrix.n_sessions)} daily total returns, "
        f"{formats.day(matrix.first)} to {formats.day(matrix.last)}"
    )
    return [html.Span(sentence, className="sentence"), html.Span(basis, className="stamp")]


def measures_card(matrix: CorrelationMatrix) -> list[Component]:
    """Return the measures, each beside what chance alone would show."""
    measures = matrix.measures
    if measures.noise_bets is None or measures.noise_share is None:
        shrunk = f"{formats.percent(measures.shrinkage)} of the matrix is the identity: its noise taken out"
        bets, share = f"of {formats.count(matrix.n_symbols)} symbols; {shrunk}", "of all movement"
    else:
        bets = (
            f"of {formats.count(matrix.n_symbols)} symbols; independent ones would show "
            f"{_bets(measures.noise_bets)} in so few sessions"
        )
        share = f"of all movement; chance alone up to {formats.percent(measures.noise_share)}"
    figures = (
        ("Effective bets", _bets(measures.effective_bets), bets, _BETS_TIP),
        ("Largest factor", formats.percent(measures.largest_share), share, _SHARE_TIP),
        ("Average correlation", coefficient(measures.average), "over all pairs", _AVERAGE_TIP),
    )
    return [_figure(*each) for each in figures]


_BETS_TIP = (
    "(Sum of the eigenvalues)² / sum of their squares: as many independent symbols spread risk as well."
)
_SHARE_TIP = (
    "Largest eigenvalue / number of symbols. Chance: the edge of the Marchenko-Pastur distribution, "
    "(1 + √(symbols / sessions))² / symbols."
)
_AVERAGE_TIP = "Mean of the correlations of all pairs of different symbols."


def _figure(title: str, value: str, words: str, tip: str) -> Component:
    return html.Div(
        [
            html.Div(
                html.Span(title, className="has-tip", tabIndex=0, **{"data-tip": tip}),
                className="figure-title",
            ),
            html.Div(value, className="key-figure"),
            html.Div(words, className="stamp"),
        ],
        className="figure",
    )


def _bets(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def warnings_card(matrix: CorrelationMatrix) -> Component:
    """Return what concentrates risk; without any, that there is none."""
    lines = [_concentration(each) for each in matrix.concentrations[:_MAX_SHOWN]]
    n_more = len(matrix.concentrations) - len(lines)
    if matrix.measures.largest_share > _ONE_FACTOR:
        share = formats.percent(matrix.measures.largest_share, 0)
        lines.insert(0, html.Li([_sign(), f"One factor explains {share}: most of this is one bet."]))
    if n_more > 0:
        lines.append(html.Li(f"and {formats.count(n_more)} smaller groups", className="stamp"))
    if not lines:
        return html.P("No two symbols join at 0.80 or more, and no factor explains half.", className="plain")
    return html.Ul(lines, className="warning-list")


def _concentration(found: Concentration) -> Component:
    n_symbols = len(found.symbols)
    names = ", ".join(found.symbols[:_MAX_NAMES])
    more = f" and {n_symbols - _MAX_NAMES} more" if n_symbols > _MAX_NAMES else ""
    if n_symbols == 2:
        kind = "the same bet twice" if found.average >= _TWIN else "move almost as one"
        words = f"{found.symbols[0]} and {found.symbols[1]} {kind}: {coefficient(found.average)}"
        return html.Li([_sign(), _pair_button(found.symbols[0], found.symbols[1], words)])
    title = html.B(f"{n_symbols} symbols move almost as one")
    return html.Li([_sign(), title, f", {coefficient(found.average)} on average: {names}{more}"])


def _sign() -> Component:
    return html.Span("!", className="sign watch", **{"aria-hidden": "true"})


def _pair_button(first: str, second: str, words: str) -> Component:
    about = {"data-filter": "pair", "data-value": f"{first},{second}"}
    return html.Button(words, type="button", className="pair-button", **about)


def extremes_card(matrix: CorrelationMatrix) -> Component:
    """Return the pairs that move most alike and least alike, each a button that opens it."""
    return html.Div(
        [_extremes("Most alike", matrix.highest), _extremes("Least alike", matrix.lowest)],
        className="extremes",
    )


def _extremes(title: str, pairs: Sequence[Pair]) -> Component:
    lines = [
        html.Li(
            [
                _pair_button(pair.first, pair.second, f"{pair.first} · {pair.second}"),
                html.Span(coefficient(pair.correlation), className="num"),
            ]
        )
        for pair in pairs
    ]
    return html.Div([html.H4(title, className="family"), html.Ul(lines, className="extreme-list")])


def left_out_card(matrix: CorrelationMatrix) -> list[Component]:
    """Return which symbols are not in the matrix and why; nothing where all are."""
    shares = (
        f"Every two symbols in the matrix share {formats.count(matrix.n_common_min)} or more of its "
        f"{formats.count(matrix.n_sessions)} returns; nothing missing is filled in."
    )
    if matrix.n_left_out == 0:
        return [html.P(f"No symbol is left out. {shares}", className="plain")]
    count = formats.count(matrix.n_left_out)
    title = f"{count} symbol is left out" if matrix.n_left_out == 1 else f"{count} symbols are left out"
    return [
        html.Details(
            [
                html.Summary(title),
                html.Ul([_left_out(each) for each in matrix.left_out], className="left-out-list"),
            ],
            open=matrix.n_left_out <= 3,
        ),
        html.P(shares, className="plain"),
    ]


def _left_out(each: LeftOut) -> Component:
    return html.Li([html.B(each.symbol), f": {each.reason}"])


def pair_head(pair: RollingPair) -> list[Component]:
    """Return the two names and their correlation with its interval."""
    interval = (
        f"95 %: {coefficient(pair.low)} to {coefficient(pair.high)}, n = {formats.count(pair.n_common)}"
    )
    return [
        html.Div(
            [
                html.H3(f"{pair.first} · {pair.second}", className="pair-title"),
                html.Span(coefficient(pair.whole), className="key-figure"),
                html.Span(interval, className="stamp"),
            ],
            className="pair-line",
        ),
        html.Div(f"{pair.first_name} · {pair.second_name}", className="stamp"),
    ]


def pair_note(pair: RollingPair) -> str:
    """Return what the chart shows."""
    method = "Spearman" if pair.method.value == "spearman" else "Pearson"
    return (
        f"{method} over the {pair.window_sessions} common sessions up to each day; the band is the whole "
        "window's 95 % interval, which supposes independent days."
    )
