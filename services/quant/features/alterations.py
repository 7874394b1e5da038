"""Panels that differ from a given one in a known way, for the checks."""

from dataclasses import replace

import numpy as np

from models.domain.market import PricePanel
from services.quant.adjustment import growth_factors
from services.quant.features.context import CloseSeries, FeatureContext

Subject = tuple[PricePanel, FeatureContext]
_PRICES = ("open", "high", "low", "close")


def regrown(panel: PricePanel) -> PricePanel:
    """Return the panel with the growth that follows from its closes, dividends and splits."""
    gross, shares = growth_factors(panel.starts, panel.close, panel.dividend, panel.split)
    return replace(panel, gross_growth=gross, share_growth=shares)


def shaken(
    panel: PricePanel, context: FeatureContext, rows: np.ndarray, generator: np.random.Generator
) -> Subject:
    """Return other prices, volumes, dividends, splits and members in some rows, and nothing else changed.

    Parameters
    ----------
    panel, context
        What belongs together.
    rows : bool array, shape (n_rows,)
        Where everything is drawn anew.
    generator : numpy.random.Generator
        Draws.
    """
    n_rows = int(rows.sum())
    level = np.exp(generator.normal(0.0, 0.5, n_rows))
    columns = {name: getattr(panel, name).copy() for name in (*_PRICES, "volume", "dividend", "split")}
    for name in _PRICES:
        columns[name][rows] *= level
    inner = np.sort(generator.uniform(0.0, 1.0, (2, n_rows)), axis=0)
    low, spread = columns["low"][rows], 0.01 * level * columns["close"][rows]
    columns["high"][rows] = low + spread
    for name, share in zip(("open", "close"), generator.permuted(inner, axis=0), strict=True):
        columns[name][rows] = low + share * spread
    columns["volume"][rows] = generator.integers(1, 1_000_000, n_rows)
    columns["dividend"][rows] = np.where(generator.random(n_rows) < 0.1, 0.02 * low, 0.0)
    columns["split"][rows] = np.where(generator.random(n_rows) < 0.05, 2.0, 1.0)
    is_member = context.is_member.copy()
    is_member[rows] = generator.random(n_rows) < 0.7
    return regrown(replace(panel, **columns)), replace(context, is_member=is_member)


def shaken_after(
    panel: PricePanel,
    context: FeatureContext,
    last_session: np.datetime64,
    generator: np.random.Generator,
) -> Subject:
    """Return another future: all that is later than a session is drawn anew, benchmark and VIX too."""
    altered, of_rows = shaken(panel, context, panel.session > last_session, generator)
    return altered, replace(
        of_rows,
        benchmark=_other_after(context.benchmark, last_session, generator),
        vix=_other_after(context.vix, last_session, generator),
    )


def _other_after(
    series: CloseSeries | None, last_session: np.datetime64, generator: np.random.Generator
) -> CloseSeries | None:
    if series is None:
        return None
    factor = np.exp(generator.normal(0.0, 0.5, series.close.size))
    return CloseSeries(
        series.session, np.where(series.session > last_session, series.close * factor, series.close)
    )


def scaled(panel: PricePanel, generator: np.random.Generator) -> PricePanel:
    """Return each symbol quoted in another currency, and its shares counted in another number."""
    n_symbols = len(panel.symbols)
    price, shares = (np.exp(generator.uniform(-1.0, 1.0, n_symbols))[panel.code] for _ in range(2))
    columns = {name: getattr(panel, name) * price for name in (*_PRICES, "dividend")}
    return replace(panel, volume=panel.volume * shares, **columns)


def reordered(panel: PricePanel, context: FeatureContext, order: np.ndarray) -> tuple[Subject, np.ndarray]:
    """Return panel and context with symbol ``order[i]`` at place i, and the old row of each new one."""
    sizes = np.diff(panel.starts)[order]
    starts = np.concatenate(([0], np.cumsum(sizes)))
    rows = np.arange(panel.n_rows) - np.repeat(starts[:-1] - panel.starts[:-1][order], sizes)
    by_row = ("session", "known_at", "volume", "dividend", "split", "gross_growth", "share_growth", *_PRICES)
    other = replace(
        panel,
        symbols=tuple(panel.symbols[place] for place in order.tolist()),
        instrument_ids=panel.instrument_ids[order],
        starts=starts,
        **{name: getattr(panel, name)[rows] for name in by_row},
    )
    turned = replace(context, sector=context.sector[order], is_member=context.is_member[rows])
    return (other, turned), rows
