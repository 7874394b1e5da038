"""A source of prices that changes, and what a database must hold of it."""

import io
import json
from contextlib import closing

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from services.storage.engine import open_engine
from tests.integration.processes.support import ask
from tests.unit.providers.files.writing import make_bars

COLUMNS = ["open", "high", "low", "close", "volume"]
KEYS = ["symbol", "session"]
_BARS = (
    "SELECT symbol, session, open, high, low, close, volume FROM {} AS facts "
    "JOIN instruments ON instruments.id = facts.instrument_id"
)


class Source:
    """A Parquet file of bars, and every bar that was ever replaced in it."""

    def __init__(self, path, n_symbols=80, n_sessions=500):
        self.path = path
        symbols = [f"S{number:03}" for number in range(n_symbols)]
        self.bars = make_bars(symbols, n_sessions, first="2010-01-04").set_index(KEYS).sort_index()
        self.replaced = self.bars.iloc[:0]
        self.write()

    def write(self):
        self.bars.reset_index().to_parquet(self.path)

    def correct(self, rng, share=0.05):
        """Move a share of the closes within their day, as a vendor who corrects does."""
        changed = self.bars[rng.random(len(self.bars)) < share]
        self.replaced = pd.concat([self.replaced, changed])
        close = changed["low"] + rng.uniform(0.01, 0.99, len(changed)) * (changed["high"] - changed["low"])
        assert (close != changed["close"]).all()
        self.bars.loc[changed.index, "close"] = close
        self.write()

    @property
    def settings(self):
        return {"DATA_PROVIDER": "files", "DATA_PATH": self.path}


def stored(database_url, table="bars"):
    """Return what a table of bars holds."""
    buffer = io.BytesIO()
    with closing(open_engine(database_url, pooled=False).raw_connection()) as connection:
        connection.cursor().copy_expert(
            f"COPY ({_BARS.format(table)}) TO STDOUT (FORMAT csv, HEADER)", buffer
        )
    buffer.seek(0)
    kinds = arrow_csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.float64()))
    return arrow_csv.read_csv(buffer, convert_options=kinds)


def same(found, wanted):
    """Whether a table holds exactly these bars, number by number."""
    wanted = pa.Table.from_pandas(wanted.reset_index()[[*KEYS, *COLUMNS]], preserve_index=False)
    if found.num_rows != wanted.num_rows:
        return False
    kinds = pa.schema(
        [("symbol", pa.string()), ("session", pa.date32()), *((name, pa.float64()) for name in COLUMNS)]
    )
    return _sorted(found.cast(kinds)).equals(_sorted(wanted.cast(kinds)))


def _sorted(table):
    return table.sort_by([(name, "ascending") for name in [*KEYS, *COLUMNS]]).combine_chunks()


def assert_complete(database_url, source):
    """Exactly the rows of the source, each replaced one kept once, nothing else."""
    assert same(stored(database_url), source.bars)
    assert same(stored(database_url, "bar_versions"), source.replaced)
    assert ask(database_url, "SELECT count(*) FROM datasets") == [(1,)]


def runs(database_url):
    """Return job, attempt, state and message of every run, oldest first."""
    return ask(database_url, "SELECT job, attempt, state, message FROM job_runs ORDER BY id")


def let_the_silence_pass(database_url):
    """Put the last signs of life of every run so far back that its process counts as gone."""
    ask(
        database_url,
        "UPDATE job_runs SET heartbeat_at = heartbeat_at - interval '1 minute' "
        "WHERE state IN ('queued', 'running')",
    )


def data_revision(database_url):
    """Return how often what pages show has changed."""
    return dict(ask(database_url, "SELECT subject, number FROM revisions")).get("data", 0)


def report(commands):
    """Return the JSON that a command printed among its log."""
    line = next(line for line in commands.printed().splitlines() if line.startswith("{"))
    return json.loads(line)
