"""Whether features look ahead, remember too long, or depend on what they should not.

Every check takes ``compute``, which turns a panel and its context into features, so that it can be put to any
set of them, and answers with one ``Check``. None of them can prove innocence: they try what the known leaks
cannot hide.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.domain.market import PricePanel
from services.quant.features.alterations import regrown, reordered, scaled, shaken, shaken_after
from services.quant.features.compute import FeaturePanel
from services.quant.features.context import FeatureContext
from services.quant.gaps import session_positions
from services.quant.panels import cut_panel, keep_rows

Compute = Callable[[PricePanel, FeatureContext], FeaturePanel]
# Rounding of float32 values, and what a start may leave behind.
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Check:
    """What came of a check. ``failed``: the features that did not pass; ``detail``: one line for people."""

    name: str
    passed: bool
    detail: str
    failed: tuple[str, ...] = ()


@dataclass
class _Findings:
    """First fault of each feature."""

    name: str
    faults: dict[str, str]

    def compare(
        self,
        panel: PricePanel,
        expected: FeaturePanel,
        found: FeaturePanel,
        rows: tuple[np.ndarray, np.ndarray],
        tolerance: float = 0.0,
        names: Collection[str] | None = None,
    ) -> None:
        """Note the features whose values differ; ``rows`` of expected, which is ``panel``'s, and of found."""
        for name in expected.names if names is None else names:
            before, after = expected.column(name)[rows[0]], found.column(name)[rows[1]]
            same = (before == after) | (np.isnan(before) & np.isnan(after))
            if tolerance:
                same |= np.abs(before - after) <= tolerance * np.maximum(1.0, np.abs(before))
            if not same.all():
                at = int(np.flatnonzero(~same)[0])
                row = int(rows[0][at])
                symbol, session = panel.symbols[panel.code[row]], panel.session[row]
                fault = f"{name} of {symbol} on {session}: {before[at]:.6g}, then {after[at]:.6g}"
                self.faults.setdefault(name, fault)

    def result(self, n_features: int) -> Check:
        if not self.faults:
            return Check(self.name, True, f"{n_features} features pass")
        first = next(iter(self.faults.values()))
        return Check(self.name, False, f"{len(self.faults)} of {n_features}: {first}", tuple(self.faults))


def truncation_check(
    compute: Compute, panel: PricePanel, context: FeatureContext, cuts: Sequence[np.datetime64]
) -> Check:
    """Compare the values up to each cut with those computed from nothing but the bars up to it.

    They must be equal to the last bit: a value known at a close cannot know how many bars follow.
    """
    whole = compute(panel, context)
    findings = _Findings("no value changes when later bars arrive", {})
    for cut in cuts:
        part = compute(cut_panel(panel, cut), context.until(panel, cut))
        rows = np.flatnonzero(panel.session <= cut)
        findings.compare(panel, whole, part, (rows, np.arange(rows.size)))
    return findings.result(len(whole.names))


def planted_future_check(
    compute: Compute,
    panel: PricePanel,
    context: FeatureContext,
    cuts: Sequence[np.datetime64],
    generator: np.random.Generator,
) -> Check:
    """Compare the values up to each cut with those before another future of the same length.

    It finds what a cut leaves in place: later events that already sit in the columns, as in prices
    restated as of today. Who merely counts the bars that follow is found by truncation alone.
    """
    whole = compute(panel, context)
    findings = _Findings("no value changes with another future", {})
    for cut in cuts:
        other = compute(*shaken_after(panel, context, cut, generator))
        rows = np.flatnonzero(panel.session <= cut)
        findings.compare(panel, whole, other, (rows, rows))
    return findings.result(len(whole.names))


def start_check(
    compute: Compute,
    panel: PricePanel,
    context: FeatureContext,
    starts: Sequence[np.datetime64],
    convergence_sessions: Mapping[str, int],
) -> Check:
    """Compare the values with those of a panel that begins later, once each feature has converged."""
    whole = compute(panel, context)
    position = session_positions(panel.session)
    findings = _Findings("the start of the history is forgotten", {})
    for start in starts:
        keep = panel.session >= start
        part = compute(regrown(keep_rows(panel, keep)), context.of_rows(panel, keep))
        kept = np.flatnonzero(keep)
        age = position[kept] - position[kept].min() + 1
        for name in whole.names:
            places = np.flatnonzero(age >= convergence_sessions[name])
            findings.compare(panel, whole, part, (kept[places], places), _TOLERANCE, [name])
    return findings.result(len(whole.names))


def scale_check(
    compute: Compute, panel: PricePanel, context: FeatureContext, generator: np.random.Generator
) -> Check:
    """Compare the values with those of the same panel in other currencies and numbers of shares."""
    whole, other = compute(panel, context), compute(scaled(panel, generator), context)
    findings = _Findings("prices and volumes have no unit", {})
    rows = np.arange(panel.n_rows)
    findings.compare(panel, whole, other, (rows, rows), _TOLERANCE)
    return findings.result(len(whole.names))


def order_check(
    compute: Compute, panel: PricePanel, context: FeatureContext, generator: np.random.Generator
) -> Check:
    """Compare the values with those of the same symbols in another order."""
    whole = compute(panel, context)
    turned, rows = reordered(panel, context, generator.permutation(len(panel.symbols)))
    findings = _Findings("the order of the symbols does not matter", {})
    findings.compare(panel, whole, compute(*turned), (rows, np.arange(panel.n_rows)), _TOLERANCE)
    return findings.result(len(whole.names))


def membership_check(
    compute: Compute, panel: PricePanel, context: FeatureContext, generator: np.random.Generator
) -> Check:
    """Compare the members' values with those beside other prices of the symbols that never are members.

    Raises
    ------
    ValueError
        If every symbol is a member at some time: then there is nothing to find.
    """
    n_member_rows = np.bincount(panel.code, context.is_member, len(panel.symbols))
    is_outsider = (n_member_rows == 0)[panel.code]
    if not is_outsider.any():
        raise ValueError("Every symbol is a member at some time; the check needs one that never is")
    whole = compute(panel, context)
    altered, _ = shaken(panel, context, is_outsider, generator)
    findings = _Findings("symbols outside the universe do not matter", {})
    rows = np.flatnonzero(~is_outsider)
    findings.compare(panel, whole, compute(altered, context), (rows, rows))
    return findings.result(len(whole.names))


def response_check(
    compute: Compute,
    panel: PricePanel,
    context: FeatureContext,
    generator: np.random.Generator,
    of_calendar: Collection[str] = (),
) -> Check:
    """See that each feature follows its data: one that stays as it was was read from somewhere else.

    A table that was filled with hindsight passes every other check. Features ``of_calendar`` may stay.
    """
    whole = compute(panel, context)
    everything = np.ones(panel.n_rows, dtype=bool)
    altered, _ = shaken(panel, context, everything, generator)
    before_all = panel.session.min() - np.timedelta64(1, "D")
    _, others = shaken_after(panel, context, before_all, generator)
    other = compute(altered, replace(others, is_member=context.is_member))
    faults = {
        name: f"{name} is the same for other prices"
        for name in whole.names
        if name not in of_calendar and np.array_equal(whole.column(name), other.column(name), equal_nan=True)
    }
    return _Findings("every feature follows its data", faults).result(len(whole.names))
