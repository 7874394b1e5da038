"""All features of a panel."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from models.domain.market import PricePanel
from services.quant.features.block import Block
from services.quant.features.context import FeatureContext
from services.quant.features.cross_section import Days
from services.quant.features.layout import (
    Layout,
    benchmark_returns,
    lay_out,
    member_deviation,
    member_mean,
    peer_returns,
)
from services.quant.features.regime import Market
from services.quant.features.registry import CROSS_FEATURES, NAMES, OWN_FEATURES, SESSION_FEATURES
from services.quant.gaps import FilledPanel
from services.quant.indicators.registry import METADATA as INDICATORS
from services.quant.indicators.registry import compute_indicators

_BLOCK_PLACES = 16_384  # at a time: intermediate arrays stay in the processor's cache
_BY_SYMBOL = {"symbols", "instrument_ids", "starts"}
_INDICATORS = (
    "rsi_14", "macd_hist", "roc_12", "stoch_k", "hist_vol_20", "hist_vol_60", "garman_klass_20", "atr_14",
    "bb_upper", "bb_middle", "bb_lower", "sma_10", "sma_20", "sma_50", "sma_200", "adx_14", "plus_di_14",
    "minus_di_14", "ichimoku_conversion", "ichimoku_base", "ichimoku_span_a", "ichimoku_span_b",
    "relative_volume_20", "mfi_14",
)  # fmt: skip
# TA-Lib's running sums leave noise of up to 1e-11 of the price, which must not pass for a rise above them.
_PRICE_NOISE = 1e-10
_ABOVE_AVERAGE, _LAST_MONTH = "close_to_sma_50", "return_20"
_BASES = {feature.base for feature in CROSS_FEATURES} | {_ABOVE_AVERAGE, _LAST_MONTH}


@dataclass(frozen=True, eq=False)
class FeaturePanel:
    """Features of every row of a price panel.

    ``values``: float32, shape (n_rows, n_features), a row after the other in memory; NaN where unknown.
    """

    names: tuple[str, ...]
    values: np.ndarray

    def column(self, name: str) -> np.ndarray:
        """Return one feature, shape (n_rows,)."""
        column: np.ndarray = self.values[:, self.names.index(name)]
        return column


def compute_features(panel: PricePanel, filled: FilledPanel, context: FeatureContext) -> FeaturePanel:
    """Compute every feature of the registry.

    A value depends on nothing after the close of its session. The newest session of a panel that is cut to
    its last ``LONGEST_CONVERGENCE_SESSIONS`` sessions has the same values but for 1e-6.

    Parameters
    ----------
    panel : PricePanel
        The bars.
    filled : FilledPanel
        ``fill_gaps(panel)``, on the panel's own sessions; each window is computed by itself.
    context : FeatureContext
        Sectors, membership, benchmark and VIX of the same panel.

    Returns
    -------
    FeaturePanel
        For the panel's own bars. NaN in a feature's warm-up; where the source has no volume; where the
        symbol has no known sector or no other member in it; where benchmark or VIX have no value.
    """
    layout = lay_out(panel, filled)
    market_return = _market_returns(layout, context)
    values = np.empty((panel.n_rows, len(NAMES)), dtype=np.float32)
    bases = {name: np.empty(panel.n_rows) for name in _BASES}
    n_own = len(OWN_FEATURES)
    for places, own, block in _blocks(panel, filled, layout, context, market_return):
        values[own, :n_own] = _own_values(block, layout.age[places], ~filled.is_filled[places], own, bases).T
    days = Days.of(layout, context.is_member)
    crossed = np.empty((len(CROSS_FEATURES), panel.n_rows), dtype=np.float32)
    for column, cross in enumerate(CROSS_FEATURES):
        crossed[column] = cross.compute(days, bases[cross.base])
    market = _market(layout, context, market_return, bases)
    of_session = np.empty((layout.sessions.size, len(SESSION_FEATURES)), dtype=np.float32)
    for column, feature in enumerate(SESSION_FEATURES):
        of_session[:, column] = feature.compute(market)
    for first in range(0, panel.n_rows, _BLOCK_PLACES):
        rows = slice(first, first + _BLOCK_PLACES)
        values[rows, n_own:] = np.hstack((crossed[:, rows].T, of_session[layout.position[rows]]))
    return FeaturePanel(NAMES, values)


def _own_values(
    block: Block, age: np.ndarray, is_own: np.ndarray, rows: slice, bases: dict[str, np.ndarray]
) -> np.ndarray:
    """Return the block's features, float32, shape (n_features, n_rows), and keep those that others need."""
    kept = slice(None) if is_own.all() else is_own
    values = np.empty((len(OWN_FEATURES), int(is_own.sum())), dtype=np.float32)
    for row, feature in enumerate(OWN_FEATURES):
        name, warm_up = feature.metadata.name, feature.metadata.warm_up_sessions
        value = np.where(age >= warm_up, feature.compute(block), np.nan)[kept]
        values[row] = value
        if name in bases:
            bases[name][rows] = value
    return values


def _market_returns(layout: Layout, context: FeatureContext) -> np.ndarray:
    if context.benchmark is not None:
        return benchmark_returns(context.benchmark, layout.sessions)
    return member_mean(layout, context.is_member, layout.returns)


def _market(
    layout: Layout, context: FeatureContext, market_return: np.ndarray, bases: dict[str, np.ndarray]
) -> Market:
    from_average = bases[_ABOVE_AVERAGE]
    is_above = np.where(np.isnan(from_average), np.nan, from_average > _PRICE_NOISE)
    n_sessions = layout.sessions.size
    return Market(
        layout.sessions,
        market_return,
        np.full(n_sessions, np.nan) if context.vix is None else context.vix.on(layout.sessions),
        member_mean(layout, context.is_member, is_above),
        member_deviation(layout, context.is_member, bases[_LAST_MONTH]),
    )


def _blocks(
    panel: PricePanel,
    filled: FilledPanel,
    layout: Layout,
    context: FeatureContext,
    market_return: np.ndarray,
) -> Iterator[tuple[slice, slice, Block]]:
    """Yield the places, the panel's rows and the block of some windows after the other."""
    if context.benchmark is None:
        everyone = np.zeros(len(panel.symbols), dtype=np.int64)
        of_market = peer_returns(panel, filled, layout, context, everyone)
    else:
        of_market = market_return[layout.place_position]
    of_sector = peer_returns(panel, filled, layout, context, context.sector)
    edges = filled.window_starts
    first = 0
    while first < edges.size - 1:
        last = int(np.searchsorted(edges, edges[first] + _BLOCK_PLACES, side="right")) - 1
        last = max(last, first + 1)
        places = slice(int(edges[first]), int(edges[last]))
        source = filled.source[places]
        block = _block(panel, source, edges[first : last + 1], of_market[places], of_sector[places])
        yield places, slice(int(source[0]), int(source[-1]) + 1), block
        first = last


def _block(
    panel: PricePanel,
    source: np.ndarray,
    edges: np.ndarray,
    market_return: np.ndarray,
    sector_return: np.ndarray,
) -> Block:
    starts = edges - edges[0]
    by_row = {
        field.name: getattr(panel, field.name)[source]
        for field in fields(panel)
        if field.name not in _BY_SYMBOL
    }
    # To the indicators the filled places are bars like the others, so that those have values there too.
    on_places = PricePanel(
        symbols=("",) * (starts.size - 1),
        instrument_ids=np.arange(starts.size - 1),
        starts=starts,
        **by_row,
    )
    nothing_filled = FilledPanel(np.arange(source.size), np.zeros(source.size, dtype=bool), starts)
    gross = on_places.gross_growth
    indicators = compute_indicators(on_places, nothing_filled, _INDICATORS)
    return Block(
        open=on_places.open * gross,
        high=on_places.high * gross,
        low=on_places.low * gross,
        close=on_places.close * gross,
        volume=on_places.volume / on_places.share_growth,
        market_return=market_return,
        sector_return=sector_return,
        window_start=np.repeat(starts[:-1], np.diff(starts)),
        indicators={
            name: value * gross if INDICATORS[name].in_price_units else value
            for name, value in indicators.items()
        },
    )
