"""How long what is no longer believed, and what is only a record, is kept."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class VersionSubject(StrEnum):
    """What keeps its replaced values."""

    BARS = "bars"
    EVENTS = "events"
    SIGNALS = "signals"


@dataclass(frozen=True)
class RetentionPolicy:
    """What is believed now is kept for ever, like the record of who changed what; the rest for a time.

    ``versions``: replaced values, counted from when they were replaced. Two years: a whole year can be looked
    at as it was known beside the year before. A late correction moves the ranks of a universe of 500 on
    every session since, so older ones would outgrow the signals themselves.
    ``runs``: job runs, of which the newest of each job always stays. A quarter of a year: long enough to
    compare an evening with those of the season; quotes alone add 80 runs a day.
    ``sign_ins``: who signed in and out, or failed to. A year, as long as one looks back after an incident;
    strangers can add to these without limit. Changes of accounts, jobs and models are few and stay.
    ``edited_risk``: risk of books that somebody typed in, counted from when it was computed. A quarter of a
    year: it can be asked for again, and every change of a weight is another book.
    """

    versions: timedelta = timedelta(days=730)
    runs: timedelta = timedelta(days=90)
    sign_ins: timedelta = timedelta(days=365)
    edited_risk: timedelta = timedelta(days=90)


RETENTION = RetentionPolicy()
