"""Write docs/features.md: ``python -m benchmarks.feature_report > docs/features.md``."""

import sys
from collections.abc import Iterator

import numpy as np
from scipy.stats import rankdata

from benchmarks import panel as panels
from benchmarks.features import subject
from models.domain.features import FeatureFamily
from models.domain.market import PricePanel
from services.quant.features.compute import FeaturePanel, compute_features
from services.quant.features.context import FeatureContext
from services.quant.features.cross_section import Days, percentile_rank, standard_score
from services.quant.features.layout import lay_out
from services.quant.features.registry import LONGEST_CONVERGENCE_SESSIONS, METADATA, NAMES
from services.quant.gaps import FilledPanel, fill_gaps
from services.quant.indicators.registry import compute_indicators

_N_ROWS = 200_000
_LIMIT = 0.95
# The specification names both, so they stay, whatever they correlate with.
_STAYS = "garman_klass_20 and atr_to_close"
_INDICATORS = ("macd", "stoch_d", "willr_14", "ema_10", "ema_20", "ema_50", "vwap_20", "volume_roc_12")

_HEAD = """# Features

{n} features of eight families, registered in `services/quant/features` with formula, LaTeX, warm-up and
source; `compute_features` computes them over a whole panel. Every value depends on nothing after the close
of its session; none has a unit. After {converged} sessions the start of the history matters less than 1e-6,
so the newest session can be computed from the last {converged}.

Written by `python -m benchmarks.feature_report > docs/features.md`. Data: {label}; sessions {first}
to {last}. Every bar counts as a member's, the market is {benchmark} with its dividends.

## What is unknown

NaN stands in a feature's warm-up; where the source has no volume; where the symbol has no known sector, or
no other member in it; where benchmark or VIX have had no close for more than 5 sessions. A gap of up to 5
sessions is filled with the bar before, a longer one ends the window, and the warm-up begins anew. {complete}
of all rows have every feature. Warm-up and convergence are counted in sessions of the symbol's window, those
of the families regime and calendar in sessions of the panel.

| feature | family | formula | warm-up | convergence | missing |
|---|---|---|---|---|---|"""
_PAIRS = """
## What goes together

Correlations over {n_rows} rows drawn from those that have every feature (Pearson / Spearman). Above 0.95 by
either:
"""
_KEPT = """
The specification names both of them, so they stay. Above 0.90 remain, for whoever selects:
"""
_DROPPED = """
## What was dropped

Candidates that said the same as a feature that stayed, above 0.95 by either measure:

| candidate | closest feature | Pearson | Spearman |
|---|---|---|---|"""
_TRIED = """
Below the limit, yet left out, because neighbours of the same make are there already:

| candidate | closest feature | Pearson | Spearman |
|---|---|---|---|"""


def main() -> int:
    """Print the page; return 1 where the real panel is not there."""
    source = panels.find()
    if "not real" in source.label:
        print("The page is made from the S&P 500 panel, which is not there", file=sys.stderr)
        return 1
    market = source.fetch()
    panel, context = subject(market)
    filled = fill_gaps(panel)
    found = compute_features(panel, filled, context)
    is_whole = ~np.isnan(found.values).any(axis=1)
    print(
        _HEAD.format(
            n=len(NAMES),
            converged=LONGEST_CONVERGENCE_SESSIONS,
            label=source.label,
            first=panel.session.min(),
            last=panel.session.max(),
            benchmark=market.dataset.benchmark,
            complete=f"{is_whole.mean():.1%}",
        )
    )
    for family in FeatureFamily:
        for name, metadata in METADATA.items():
            if metadata.family is family:
                missing = f"{np.isnan(found.column(name)).mean():.2%}"
                cells = (name, family.value, metadata.formula, metadata.warm_up_sessions)
                print("|", *(f"{cell} |" for cell in (*cells, metadata.convergence_sessions, missing)))
    rows = np.sort(np.random.default_rng(0).choice(np.flatnonzero(is_whole), _N_ROWS, replace=False))
    _print_pairs(found, rows)
    _print_candidates(panel, filled, context, found, rows)
    return 0


def _print_pairs(found: FeaturePanel, rows: np.ndarray) -> None:
    values = found.values[rows].astype(float)
    pearson, spearman = np.corrcoef(values.T), np.corrcoef(_ranked(values).T)
    largest = np.maximum(np.abs(pearson), np.abs(spearman))
    pairs = sorted(zip(*np.nonzero(np.triu(largest, 1) > 0.90), strict=True), key=lambda at: -largest[at])
    lines = [f"{NAMES[i]} and {NAMES[j]} ({pearson[i, j]:.2f} / {spearman[i, j]:.2f})" for i, j in pairs]
    n_above = sum(largest[at] > _LIMIT for at in pairs)
    assert [line.split(" (")[0] for line in lines[:n_above]] == [_STAYS]
    print(_PAIRS.format(n_rows=f"{rows.size:,}"), *(f"- {line}" for line in lines[:n_above]), sep="\n")
    print(_KEPT, *(f"- {line}" for line in lines[n_above:]), sep="\n")


def _print_candidates(
    panel: PricePanel, filled: FilledPanel, context: FeatureContext, found: FeaturePanel, rows: np.ndarray
) -> None:
    values = found.values[rows].astype(float)
    ranks = _ranked(values)
    below = []
    print(_DROPPED)
    for name, candidate in _candidates(panel, filled, context, found):
        own = candidate[rows]
        known = ~np.isnan(own)
        pearson = _against(own[known], values[known])
        spearman = _against(rankdata(own[known]), ranks[known])
        closest = int(np.argmax(np.maximum(np.abs(pearson), np.abs(spearman))))
        line = f"| {name} | {NAMES[closest]} | {pearson[closest]:.3f} | {spearman[closest]:.3f} |"
        if max(abs(pearson[closest]), abs(spearman[closest])) > _LIMIT:
            print(line)
        else:
            below.append(line)
    print(_TRIED, *below, sep="\n")


def _candidates(
    panel: PricePanel, filled: FilledPanel, context: FeatureContext, found: FeaturePanel
) -> Iterator[tuple[str, np.ndarray]]:
    indicators = compute_indicators(panel, filled, _INDICATORS)
    days = Days.of(lay_out(panel, filled), context.is_member)

    def column(name: str) -> np.ndarray:
        return found.column(name).astype(float)

    yield "willr_14", indicators["willr_14"]
    yield "stoch_d", indicators["stoch_d"]
    yield "macd, over the close", indicators["macd"] / panel.close
    for n_sessions in (10, 20, 50):
        yield f"close over ema_{n_sessions}", panel.close / indicators[f"ema_{n_sessions}"] - 1.0
    yield "close over vwap_20", panel.close / indicators["vwap_20"] - 1.0
    yield "volume_roc_12", indicators["volume_roc_12"]
    for n_sessions in (5, 60):
        own, market = column(f"return_{n_sessions}"), column(f"market_return_{n_sessions}")
        yield f"return_{n_sessions} less the market's", own - market
    market_20 = column("market_return_20")
    yield "return_20 less beta times the market's", column("return_20") - column("beta_market_60") * market_20
    yield "efficiency_60 with its sign", column("efficiency_60") * np.sign(column("return_60"))
    for name in ("return_20", "beta_market_60"):
        yield f"rank of {name}", percentile_rank(days, column(name))
    for name in ("return_1", "return_5", "return_20", "garman_klass_20"):
        yield f"standard score of {name}", standard_score(days, column(name))


def _against(own: np.ndarray, values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=0)
    deviation = own - own.mean()
    return (deviation @ centred) / np.sqrt((deviation @ deviation) * (centred**2).sum(axis=0))


def _ranked(values: np.ndarray) -> np.ndarray:
    return np.apply_along_axis(rankdata, 0, values)


if __name__ == "__main__":
    sys.exit(main())
