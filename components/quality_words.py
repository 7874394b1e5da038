"""Measures, problems, verdicts and rules of data quality in words."""

from dataclasses import dataclass
from types import MappingProxyType

from models.domain.market import BarRule, CircuitState, FlagRule, QuarantineStatus
from models.domain.quality_views import Measure, Problem, Severity, SymbolQuality, Verdict


@dataclass(frozen=True)
class Words:
    """What people read: a short title, and what it means exactly."""

    title: str
    definition: str


MEASURES = MappingProxyType(
    {
        Measure.COMPLETENESS: Words(
            "Completeness",
            "Bars stored, of the exchange's sessions from the symbol's first bar to the last session on "
            "which it was listed.",
        ),
        Measure.VALIDITY: Words(
            "Validity",
            "Bars stored, of these and the rows of the source that broke a hard rule and were not released.",
        ),
        Measure.TIMELINESS: Words(
            "Timeliness",
            "100 % where the bar of the newest session is stored; each session that the last bar is late "
            "takes a sixth of it. Over all, the mean of the symbols.",
        ),
        Measure.UNIQUENESS: Words(
            "Uniqueness", "Rows of the source that no other row of their session repeats or contradicts."
        ),
    }
)

PROBLEMS = MappingProxyType(
    {
        Problem.LATE: Words(
            "Late", "The bar of the newest session is missing: it is late, or the symbol is no longer listed."
        ),
        Problem.GAP: Words(
            "Long gap", "Over 5 sessions in a row without a bar: indicators begin anew after it."
        ),
        Problem.INCOMPLETE: Words("Incomplete", "Sessions of the exchange without a bar."),
        Problem.REJECTED: Words(
            "Rejected rows", "Rows of the source broke a hard rule and were not released."
        ),
        Problem.REPEATED: Words("Repeats", "Rows of the source repeat or contradict each other."),
        Problem.FLAGGED: Words("Flagged", "Bars that met a soft rule: kept, used and marked."),
    }
)

VERDICTS = MappingProxyType(
    {
        Verdict.GOOD: Words("Good", "Nothing is missing, late, rejected or repeated. Flags do not count."),
        Verdict.WATCH: Words("Look", "Something is missing or rejected, in under 1 % of the sessions."),
        Verdict.POOR: Words("Poor", "The newest session is missing, or a measure is under 99 %."),
    }
)
SIGNS = MappingProxyType({Verdict.GOOD: "✓", Verdict.WATCH: "!", Verdict.POOR: "✕"})

HARD_RULES = MappingProxyType(
    {
        BarRule.UNREADABLE: Words("Unreadable row", "The row has too many or too few fields."),
        BarRule.MISSING_FIELD: Words(
            "Missing field", "Symbol, date or a price is missing, is no number or is not finite."
        ),
        BarRule.NO_VOLUME: Words("No volume", "The volume is missing. Indices are exempt."),
        BarRule.NOT_POSITIVE: Words("Price not positive", "A price is zero or negative."),
        BarRule.HIGH_BELOW_LOW: Words("High below low", "The high is lower than the low."),
        BarRule.OUTSIDE_RANGE: Words(
            "Outside range",
            "Open or close lies outside low and high by more than rounding (0.01 % of the price).",
        ),
        BarRule.NEGATIVE_VOLUME: Words("Negative volume", "The volume is below zero. Indices are exempt."),
        BarRule.FUTURE: Words("Future date", "The date had not come yet when the row arrived."),
        BarRule.NO_SESSION: Words(
            "No session", "The exchange was closed on that date: a weekend, a holiday or a special closing."
        ),
        BarRule.CONFLICT: Words(
            "Conflict",
            "The same symbol and session came more than once with different values: none of them is kept.",
        ),
    }
)

SOFT_RULES = MappingProxyType(
    {
        FlagRule.UNEXPLAINED_MOVE: Words(
            "Unexplained move",
            "A one-day move that no split or dividend explains and that, less the universe's median move of "
            "that day, exceeds 20 % and 8 robust standard deviations of the 252 sessions before it. Real "
            "crashes stay: the bar is kept.",
        ),
        FlagRule.REPEATED_CLOSE: Words(
            "Repeated close", "The same close on 3 sessions in a row or more while the universe moved."
        ),
        FlagRule.GAP: Words(
            "Gap", "Over 5 sessions without a bar; the flag stands at the first bar after them."
        ),
        FlagRule.ZERO_VOLUME: Words(
            "Zero volume", "No share was traded that session, by the source. Indices are exempt."
        ),
        FlagRule.MISSED_SPLIT: Words(
            "Missed split",
            "The price changed to within 1 % of 1/4, 1/3, 1/2, 2/3, 2 or 3 times the one before, and the "
            "source names no split.",
        ),
        FlagRule.TICKER_REUSE: Words(
            "Ticker reused",
            "A gap of over 20 sessions, then a move of over 40 %: another company may bear the ticker since.",
        ),
    }
)

SEVERITIES = MappingProxyType(
    {
        Severity.HARD: Words(
            "Hard rules", "A row that breaks one is rejected: no score and no model sees it."
        ),
        Severity.SOFT: Words("Soft rules", "A bar that meets one is kept, used and marked for people."),
    }
)

STATUSES = MappingProxyType(
    {
        QuarantineStatus.QUARANTINED: Words(
            "Waiting", "Nobody has decided on it yet; it stays out meanwhile."
        ),
        QuarantineStatus.RELEASED: Words("Released", "An administrator let it in: it is stored as a bar."),
        QuarantineStatus.CONFIRMED: Words(
            "Confirmed", "An administrator agreed that it is wrong: it stays out."
        ),
    }
)

CIRCUITS = MappingProxyType(
    {
        CircuitState.CLOSED: Words("Answering", "It is asked as scheduled."),
        CircuitState.OPEN: Words("Paused", "It failed 5 times in a row and is not asked for 5 minutes."),
        CircuitState.HALF_OPEN: Words(
            "On trial", "It is asked once: an answer brings it back, a failure pauses it again."
        ),
    }
)


def rule_words(rule: str) -> Words:
    """Return a rule in words; one that this release does not know, by its name."""
    for known, words in (*HARD_RULES.items(), *SOFT_RULES.items()):
        if known.value == rule:
            return words
    return Words(rule.replace("_", " ").capitalize(), "A rule of another release.")


def verdict_words(row: SymbolQuality) -> str:
    """Return the gravest problem that counts, or that there is none: ``Late``, ``Good``."""
    counting = [problem for problem in row.problems if problem is not Problem.FLAGGED]
    return PROBLEMS[counting[0]].title if counting else VERDICTS[Verdict.GOOD].title
