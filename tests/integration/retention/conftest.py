"""A dataset whose bars are changed at chosen moments."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from models.domain.market import Dataset, Instrument, PriceBasis
from services.quant.sessions import session_closes
from services.storage.unit_of_work import SqlUnitOfWork
from tests.unit.providers.files.writing import make_bars

FIRST_STORED = datetime(2020, 2, 20, 12, tzinfo=UTC)


class History:
    """Two symbols of 30 sessions in January and February 2020, first stored after them."""

    def __init__(self, engine):
        self.engine = engine
        self.bars = make_bars()
        self.bars["known_at"] = session_closes(self.bars["session"].to_numpy("datetime64[D]"))
        self.bars["adj_close"] = np.nan
        with self.work() as work:
            self.dataset_id = work.datasets.save(Dataset("fake", "f", "Fake", PriceBasis.RAW), FIRST_STORED)
            members = [Instrument(symbol, symbol) for symbol in ("AAPL", "MSFT")]
            self.ids = work.datasets.save_instruments(self.dataset_id, members)
            work.commit()
        self.store(FIRST_STORED)

    def work(self):
        return SqlUnitOfWork(self.engine)

    def store(self, now):
        with self.work() as work:
            work.bars.merge_bars(self.ids, self.bars, now)
            work.commit()

    def change(self, rows, now):
        """Have the vendor correct the closes of some rows."""
        self.bars.loc[rows, "close"] += 0.01
        self.store(now)

    def pay_dividend(self, value, now):
        paid = pd.DataFrame(
            {
                "symbol": ["AAPL"],
                "session": pd.to_datetime(["2020-01-15"]),
                "kind": "dividend",
                "value": [value],
                "known_at": session_closes(np.array(["2020-01-15"], dtype="datetime64[D]")),
            }
        )
        with self.work() as work:
            work.bars.merge_events(self.ids, paid, now)
            work.commit()

    def known(self, moment):
        """Return what was known at a moment, as plain numbers."""
        with self.work() as work:
            panel = work.bars.panel(self.dataset_id, known_by=moment)
        return panel.session.tolist(), panel.close.tolist(), panel.dividend.tolist()


@pytest.fixture
def history(engine):
    return History(engine)


@pytest.fixture
def steps():
    """What a job reported, as a ``Progress``."""
    told = []

    def report(done, total, message):
        told.append((done, total, message))

    report.told = told
    return report


def days_ago(clock, n_days):
    return clock.now() - timedelta(days=n_days)
