"""Single checks on cases worked by hand, against plain counting, and on both sides of their limits."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ml.audit.dates import embargo, overlapping, purged_labels
from services.ml.audit.evidence import Fills, keys_of
from services.ml.audit.execution import execution
from services.ml.audit.features import Subject, later_restatement
from services.ml.audit.restatement import with_events_after
from services.ml.audit.rows import complete_test, duplicate_windows
from services.quant.adjustment import growth_factors
from services.quant.features.checks import planted_future_check
from tests.unit.ml.audit import factories
from tests.unit.ml.factories import planted_samples


@pytest.fixture(scope="module")
def honest():
    return factories.train(*factories.small_market(), factories.features_with())


def _rows(begins, ends):
    """Samples with these sessions and label ends, in days from a first one; an end of None: no label."""
    one = planted_samples(n_sessions=10, n_symbols=1).take(np.zeros(len(begins), dtype=np.int64))
    first = np.datetime64("2010-01-01")
    labels = [np.datetime64("NaT", "D") if end is None else first + end for end in ends]
    return replace(
        one, sessions=first + np.array(begins, dtype=np.int64), label_ends=np.array(labels, "datetime64[D]")
    )


_spans = st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(1, 6)), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(_spans, _spans)
def test_overlaps_are_those_that_plain_counting_finds(first, later):
    """A label is the days after its session up to its end; a later row its session and its label's days."""
    ends = [[None if n is None else day + n for day, n in spans] for spans in (first, later)]
    found = overlapping(_rows([d for d, _ in first], ends[0]), _rows([d for d, _ in later], ends[1]))
    expected = [
        n is not None
        and any(set(range(day + 1, day + n + 1)) & set(range(d, d + (m or 0) + 1)) for d, m in later)
        for day, n in first
    ]
    assert found.tolist() == expected


def _fold(honest, begin):
    """Training of day 0 with a label to day 5, validation far away, a test from ``begin`` on."""
    parts = {"train": _rows([0], [5]), "validation": _rows([60], [65]), "test": _rows([begin], [begin + 5])}
    return (replace(honest.fold, **parts, test_sessions=parts["test"].sessions),)


@pytest.mark.parametrize(
    ("begin", "is_purged", "has_embargo"),
    [(5, False, True), (6, True, False), (10, True, False), (11, True, True)],
)
def test_purge_and_embargo_begin_where_they_should(honest, begin, is_purged, has_embargo):
    """h = e = 5: a test that begins at S keeps sessions to S - 1 - h - e, here 0 = 11 - 1 - 10."""
    calendar = np.datetime64("2010-01-01") + np.arange(100)
    folds = _fold(honest, begin)
    # Validation comes after the test here, far enough away.
    assert purged_labels(folds).passed is is_purged
    assert embargo(folds, calendar, 5).passed is has_embargo


def test_planted_events_move_no_adjusted_price(honest):
    panel = honest.evidence.panel
    cut = honest.calendar[300]
    other = with_events_after(panel, cut)
    earlier = panel.session <= cut
    for name in ("open", "high", "low", "close"):
        assert np.array_equal(getattr(other, name)[earlier], getattr(panel, name)[earlier])
        np.testing.assert_allclose(
            getattr(other, name) * other.gross_growth, getattr(panel, name) * panel.gross_growth, rtol=1e-12
        )
    np.testing.assert_allclose(other.volume / other.share_growth, panel.volume / panel.share_growth)
    gross, shares = growth_factors(other.starts, other.close, other.dividend, other.split)
    np.testing.assert_allclose(gross, other.gross_growth, rtol=1e-12)
    np.testing.assert_allclose(shares, other.share_growth, rtol=1e-12)
    last = panel.starts[1:] - 1
    np.testing.assert_allclose(other.share_growth[last], 2.0 * panel.share_growth[last])


def test_a_restatement_is_told_from_other_ways_of_looking_ahead(honest):
    evidence = honest.evidence
    subject = Subject.drawn(evidence.panel, evidence.context, np.random.default_rng(0))
    compute = factories.features_with(
        {name: factories.leaks.FUTURE[name] for name in ("negative shift", "restated adjustment")}
    )
    found = later_restatement(replace(evidence.pipeline, compute=compute), subject)
    assert not found.passed
    assert found.detail.startswith("1 of 12: restated adjustment of S0 on ")
    both = planted_future_check(
        compute, subject.panel, subject.context, list(subject.cuts), np.random.default_rng(0)
    )
    assert set(both.failed) == {"negative shift", "restated adjustment"}


def test_a_subject_has_a_cut_in_every_quarter(honest):
    evidence = honest.evidence
    for seed in range(20):
        subject = Subject.drawn(evidence.panel, evidence.context, np.random.default_rng(seed))
        places = np.searchsorted(honest.calendar, subject.cuts)
        assert (np.diff(places) > 0).all()
        assert places[0] >= honest.calendar.size // 8
        assert places[-1] < honest.calendar.size


def test_a_missing_row_is_named(honest):
    fold, evidence = honest.fold, honest.evidence
    symbol, session = fold.test.symbols[7], fold.test.sessions[7]
    short = replace(fold, test=fold.test.take(np.arange(len(fold.test)) != 7))
    found = complete_test(
        (short,), evidence.panel, evidence.context.is_member, factories.WINDOW, factories.WARM_UP
    )
    assert not found.passed
    assert f"lacks 1 of {len(fold.test)} rows" in found.detail
    assert f"S{symbol} on {session}" in found.detail


def test_windows_alike_in_their_newest_session_alone_are_no_duplicates():
    samples = planted_samples(n_sessions=40, n_symbols=1)
    features = samples.features.copy()
    features[30] = features[10]
    samples = replace(samples, features=features)
    days = np.datetime64("2010-01-04") + np.arange(40)

    class Fold:
        parts = (
            ("training", samples.between(days[0], days[15])),
            ("validation", samples.between(days[16], days[20])),
            ("test", samples.between(days[25], days[39])),
        )
        test = parts[2][1]

    assert duplicate_windows((Fold,)).passed
    features[27:30] = features[7:10]
    found = duplicate_windows((Fold,))
    assert "1 of 15 test windows" in found.detail
    assert f"that of {days[30]} is that of {days[10]}" in found.detail


def test_a_fill_at_another_price_or_on_no_session_is_found(honest):
    panel = honest.evidence.panel
    good = Fills(np.array([0]), panel.session[[4]], panel.session[[5]], panel.open[[5]])
    assert execution(good, panel).passed
    at_close = execution(replace(good, price=panel.close[[5]]), panel)
    assert "1 of 1 fills are not at the open of their session, such as S0" in at_close.detail
    closed = execution(replace(good, fill_sessions=np.array(["2010-01-09"], "datetime64[D]")), panel)
    assert not closed.passed  # a Saturday


def test_keys_tell_every_bar_apart(honest):
    samples = honest.evidence.samples
    assert np.unique(keys_of(samples)).size == len(samples)
