"""What features and labels of the active dataset are made of, read from the database."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from models.domain.errors import NotYetComputedError
from models.domain.market import Dataset, DatasetStatus, PricePanel
from services.ports import UnitOfWork
from services.quant.features.context import UNKNOWN_SECTOR, CloseSeries, FeatureContext
from services.quant.gaps import FilledPanel, fill_gaps

VIX = "^VIX"


@dataclass(frozen=True, eq=False)
class MarketInputs:
    """The universe's bars and what features know beside them. ``sector_names``: by the context's codes."""

    dataset: Dataset
    panel: PricePanel
    filled: FilledPanel
    context: FeatureContext
    sector_names: dict[int, str]


def active_dataset(work: UnitOfWork) -> tuple[int, date, DatasetStatus]:
    """Return number and last session of the active dataset.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    """
    status = work.datasets.active()
    if status is None or status.dataset.id is None or status.last_session is None:
        raise NotYetComputedError("No prices are stored yet: run `python -m app ingest` first")
    return status.dataset.id, status.last_session, status


def read_inputs(
    work: UnitOfWork, *, from_session: date | None = None, known_by: datetime | None = None
) -> MarketInputs:
    """Read the active dataset's bars, sectors, membership, benchmark and VIX.

    Parameters
    ----------
    work : UnitOfWork
        An open one.
    from_session : date, optional
        Read no earlier bars; growth then begins at 1 there. Benchmark and VIX are read whole.
    known_by : datetime, optional
        Bars and events as known at this moment. Of sectors and membership only one version is stored.

    Raises
    ------
    NotYetComputedError
        If no prices are stored.
    PrunedHistoryError
        If what was known at that moment is partly deleted by now.
    """
    dataset_id, _, status = active_dataset(work)
    panel = work.bars.panel(dataset_id, from_session=from_session, known_by=known_by)
    instruments = work.datasets.instruments(dataset_id).set_index("symbol")
    of_panel = instruments.loc[list(panel.symbols)]
    names = sorted(of_panel["sector"].dropna().unique())

    def closes(symbol: str | None) -> CloseSeries | None:
        """Return a reference symbol's closes with dividends reinvested, None where the dataset has none."""
        if symbol is None or symbol not in instruments.index:
            return None
        found = work.bars.panel(dataset_id, symbols=[symbol], known_by=known_by)
        return CloseSeries(found.session, found.close * found.gross_growth) if found.n_rows else None

    codes = {name: code for code, name in enumerate(names)}
    context = FeatureContext(
        sector=of_panel["sector"].map(codes).fillna(UNKNOWN_SECTOR).to_numpy(np.int64),
        is_member=work.bars.is_member(panel),
        benchmark=closes(status.dataset.benchmark),
        vix=closes(VIX),
    )
    return MarketInputs(status.dataset, panel, fill_gaps(panel), context, dict(enumerate(names)))
