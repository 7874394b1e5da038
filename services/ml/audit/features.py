"""Features and windows of a part of the panel, looked at as they were known at some closes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.domain.market import PricePanel
from models.domain.trials import AuditCheck
from services.ml.audit.evidence import Pipeline, keys_of, row_keys
from services.ml.audit.findings import conclude
from services.ml.audit.restatement import restatement_check
from services.ml.samples import Samples
from services.quant.features.alterations import regrown
from services.quant.features.checks import Check, planted_future_check, truncation_check
from services.quant.features.compute import FeaturePanel
from services.quant.features.context import FeatureContext
from services.quant.panels import cut_panel, keep_rows

_MAX_SYMBOLS, _N_CUTS = 25, 4
_MAX_NAMED = 5
_MAX_WINDOWS = 1_000  # compared at each cut, the newest: they are nearest to what is cut off


@dataclass(frozen=True, eq=False)
class Subject:
    """Some symbols of a panel, and sessions to cut after: datetime64[D], shape (n_cuts,)."""

    panel: PricePanel
    context: FeatureContext
    cuts: np.ndarray
    n_symbols_of_panel: int

    @classmethod
    def drawn(cls, panel: PricePanel, context: FeatureContext, generator: np.random.Generator) -> "Subject":
        """Draw up to 25 symbols and 4 cuts, one in each quarter of the history.

        Growth is computed anew from the quoted prices, as it will be for the altered panels.
        """
        n_symbols = len(panel.symbols)
        chosen = generator.permutation(n_symbols)[:_MAX_SYMBOLS]
        keep = np.isin(panel.code, chosen)
        part = regrown(keep_rows(panel, keep))
        sessions = np.unique(part.session)
        edges = np.linspace(sessions.size // 8, sessions.size - 1, _N_CUTS + 1).astype(np.int64)
        places = generator.integers(edges[:-1], np.maximum(edges[1:], edges[:-1] + 1))
        return cls(part, context.of_rows(panel, keep), sessions[places], n_symbols)

    @property
    def words(self) -> str:
        """What is looked at."""
        dates = ", ".join(str(cut) for cut in self.cuts)
        return f"{len(self.panel.symbols)} of {self.n_symbols_of_panel} symbols, cut after {dates}"


def truncation_invariance(pipeline: Pipeline, subject: Subject) -> AuditCheck:
    """Check that no feature changes when later bars arrive."""
    found = truncation_check(pipeline.compute, subject.panel, subject.context, list(subject.cuts))
    return _of_features("truncation invariance", found, subject)


def planted_future(pipeline: Pipeline, subject: Subject, generator: np.random.Generator) -> AuditCheck:
    """Check that no feature changes when another future follows."""
    found = planted_future_check(
        pipeline.compute, subject.panel, subject.context, list(subject.cuts), generator
    )
    return _of_features("planted future", found, subject)


def later_restatement(pipeline: Pipeline, subject: Subject) -> AuditCheck:
    """Check that no feature changes when dividends and splits follow."""
    found = restatement_check(pipeline.compute, subject.panel, subject.context, list(subject.cuts))
    return _of_features("later restatement", found, subject)


def causal_windows(pipeline: Pipeline, subject: Subject) -> AuditCheck:
    """Check that no window changes, comes or goes when later bars arrive.

    The builder is given the features of the whole history both times, so that it answers for what it adds.
    """
    features = pipeline.compute(subject.panel, subject.context)
    whole = pipeline.build(subject.panel, subject.context, features)
    faults: list[str] = []
    for cut in subject.cuts:
        keep = subject.panel.session <= cut
        panel, context = cut_panel(subject.panel, cut), subject.context.until(subject.panel, cut)
        part = pipeline.build(panel, context, FeaturePanel(features.names, features.values[keep]))
        faults += _window_faults(subject, cut, whole.take(whole.sessions <= cut), part, panel)
    return conclude("causal windows", faults, f"windows stay as they are: {subject.words}")


def _window_faults(
    subject: Subject, cut: np.datetime64, whole: Samples, part: Samples, panel: PricePanel
) -> Iterator[str]:
    codes = {symbol: code for code, symbol in enumerate(subject.panel.symbols)}
    to_whole = np.array([codes[symbol] for symbol in panel.symbols], dtype=np.int64)
    theirs, ours = keys_of(whole), row_keys(to_whole[part.symbols], part.sessions)
    n_other = np.setxor1d(theirs, ours).size
    if n_other:
        yield f"{n_other:,} windows up to {cut} are there only with, or only without, the bars after it"
    _, in_whole, in_part = np.intersect1d(theirs, ours, return_indices=True)
    newest = np.argsort(whole.sessions[in_whole], kind="stable")[-_MAX_WINDOWS:]
    first, second = whole.take(in_whole[newest]), part.take(in_part[newest])
    before, after = first.windows(), second.windows()
    same = ((before == after) | (np.isnan(before) & np.isnan(after))).all(axis=(1, 2))
    same &= (first.last_return == second.last_return) | (
        np.isnan(first.last_return) & np.isnan(second.last_return)
    )
    if not same.all():
        at = int(np.flatnonzero(~same)[-1])
        symbol = subject.panel.symbols[first.symbols[at]]
        yield (
            f"{(~same).sum():,} of {same.size:,} windows change when the bars after {cut} arrive, such as "
            f"that of {symbol} on {first.sessions[at]}: later sessions have gone into the window"
        )


def _of_features(name: str, found: Check, subject: Subject) -> AuditCheck:
    others = f"; all of them: {', '.join(found.failed[:_MAX_NAMED])}" if len(found.failed) > 1 else ""
    others += ", ..." if len(found.failed) > _MAX_NAMED else ""
    return AuditCheck(name, found.passed, f"{found.detail}{others} ({subject.words})")
