"""The top of the data-quality page: the verdict in a sentence, the key figures, the worst sessions."""

from datetime import datetime

import numpy as np
from dash import html
from dash.development.base_component import Component

from components import formats
from components.quality_words import MEASURES, SEVERITIES, SIGNS, VERDICTS
from models.domain.quality_views import Measure, Problem, QualityReport, Severity, Verdict

_N_WORST = 5


def summary(report: QualityReport) -> list[Component]:
    """Return what to make of the data, in a sentence, and when it was found."""
    verdicts = [row.verdict for row in report.symbols]
    n_good, n_watch, n_poor = (verdicts.count(each) for each in Verdict)
    parts = [f"{formats.count(n_good)} of {_symbols(len(verdicts))} have nothing missing, late or rejected"]
    if n_watch:
        parts.append(f"{formats.count(n_watch)} {'needs' if n_watch == 1 else 'need'} a look")
    if n_poor:
        parts.append(f"{formats.count(n_poor)} {'is' if n_poor == 1 else 'are'} poor")
    sentence = "; ".join(parts) + ". "
    if report.n_waiting:
        rows = "1 rejected row waits" if report.n_waiting == 1 else f"{report.n_waiting:,} rejected rows wait"
        sentence += f"{rows} for a decision; nothing computes with them meanwhile."
    else:
        sentence += "No rejected row waits for a decision."
    newest = formats.day(report.status.last_session)
    words = f"assessed {moment(report.assessed_at)}, up to the session of {newest}"
    return [html.P(sentence, className="sentence"), html.Span(words, className="stamp")]


def key_figures(report: QualityReport) -> list[Component]:
    """Return the four measures over all symbols, and what is in quarantine and flagged."""
    run = report.runs[-1]
    n_expected, n_present = int(report.n_expected.sum()), int(report.n_present.sum())
    n_symbols = len(report.symbols)
    with_problem = {each: sum(each in row.problems for row in report.symbols) for each in Problem}
    n_missing = n_expected - n_present
    n_late, n_repeated = with_problem[Problem.LATE], with_problem[Problem.REPEATED]
    notes = {
        Measure.COMPLETENESS: f"{formats.count(n_missing)} of {formats.count(n_expected)} bars missing",
        Measure.VALIDITY: f"{formats.count(run.n_quarantined)} rows rejected"
        if run.n_quarantined
        else "no row rejected",
        Measure.TIMELINESS: f"{_symbols(n_late)} late" if n_late else "no symbol late",
        Measure.UNIQUENESS: f"repeats in {_symbols(n_repeated)}" if n_repeated else "no repeats",
    }
    measures = [
        _figure(
            MEASURES[measure].title,
            formats.share(getattr(run, measure)),
            notes[measure],
            MEASURES[measure].definition,
            _verdict_of(getattr(run, measure)),
        )
        for measure in Measure
    ]
    quarantine = _figure(
        "In quarantine",
        formats.count(report.n_quarantine - report.n_released),
        f"{formats.count(report.n_waiting)} waiting for a decision",
        SEVERITIES[Severity.HARD].definition,
        Verdict.WATCH if report.n_waiting else Verdict.GOOD,
    )
    flagged = _figure(
        "Flagged",
        formats.count(run.n_flagged),
        f"bars kept, in {_symbols(with_problem[Problem.FLAGGED])} of {formats.count(n_symbols)}",
        SEVERITIES[Severity.SOFT].definition,
        None,
    )
    return [*measures, quarantine, flagged]


def worst_sessions(report: QualityReport) -> list[Component]:
    """Return the sessions from which most is missing, in words: what the calendar shows in shades."""
    missing = report.n_expected - report.n_present
    shares = missing / np.maximum(report.n_expected, 1)
    worst = np.lexsort((-report.session.astype(int), -missing, -shares))[:_N_WORST]
    rows = [
        html.Li(
            [
                html.Button(
                    formats.day(report.session[place].item()),
                    type="button",
                    className="link-button",
                    **{
                        "data-filter": "year",
                        "data-value": str(report.session[place].item().year),
                        "data-tip": "Show that year by day",
                    },
                ),
                html.Span(
                    f"{formats.count(int(missing[place]))} of {formats.count(int(report.n_expected[place]))} "
                    "missing",
                    className="quiet",
                ),
            ]
        )
        for place in worst
        if missing[place] > 0
    ]
    if not rows:
        return [html.P("No session lacks a bar that was expected.", className="plain")]
    return [html.Ol(rows, className="worst")]


def verdict_badge(verdict: Verdict, words: str) -> Component:
    """Return a verdict with its sign and colour; the words alone say the same."""
    return html.Span(
        [html.Span(SIGNS[verdict], **{"aria-hidden": "true"}), " ", words],
        className=f"verdict-badge {verdict.value}",
        **{"data-tip": VERDICTS[verdict].definition},
    )


def moment(at: datetime | None) -> str:
    """Return a time as ``20 Nov 2026, 22:00 UTC``."""
    return formats.MISSING if at is None else f"{formats.day(at.date())}, {at:%H:%M} UTC"


def _figure(title: str, value: str, note: str, tip: str, verdict: Verdict | None) -> Component:
    sign = [] if verdict is None else [html.Span(SIGNS[verdict], className=f"sign {verdict.value}")]
    return html.Div(
        [
            html.Div(
                html.Span(title, className="has-tip", tabIndex=0, **{"data-tip": tip}),
                className="figure-title",
            ),
            html.Div([*sign, value], className="key-figure"),
            html.Div(note, className="stamp"),
        ],
        className="figure",
    )


def _verdict_of(measure: float | None) -> Verdict | None:
    if measure is None:
        return None
    if measure >= 1.0:
        return Verdict.GOOD
    return Verdict.WATCH if measure >= 0.99 else Verdict.POOR


def _symbols(n_symbols: int) -> str:
    return "1 symbol" if n_symbols == 1 else f"{formats.count(n_symbols)} symbols"
