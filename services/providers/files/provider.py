"""The user's own files as a provider."""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from models.domain.errors import InvalidMarketDataError
from models.domain.market import BAR_COLUMNS, MarketData, SourceState
from models.domain.settings import Settings
from services.ports import Clock, Progress, StoredHistory
from services.providers.bar_validation import drop_ghosts_of_indices, validate_bars
from services.providers.files.actions import read_actions
from services.providers.files.bars import FileBars, read_bars
from services.providers.files.columns import OtherTableError
from services.providers.files.delimited import read_delimited
from services.providers.files.description import describe_dataset, list_instruments
from services.providers.files.events import find_events
from services.providers.files.listings import read_descriptions, read_membership
from services.providers.files.panel import file_of, name_origins, ragged_rows, stack
from services.providers.files.parquet import read_parquet
from services.providers.files.sources import SourceFile, content_digest, find_files, fingerprint
from services.providers.files.table import FileTable
from services.providers.files.universe import Universe, choose_universe
from services.providers.rejected_bars import describe_rejected
from services.quant.code_version import code_version

_MAX_PROBLEMS = 10
# What decides how files become bars and events.
_CODE = ("services.providers", "services.quant.adjustment", "services.quant.sessions", "models.domain.market")


class SystemClock:
    """The machine's time, for callers that bring no clock."""

    def now(self) -> datetime:
        """Return the aware UTC time."""
        return datetime.fromtimestamp(time.time(), tz=UTC)


class FilesProvider:
    """``MarketDataProvider`` over CSV and Parquet files and folders of them.

    Parameters
    ----------
    settings : Settings
        ``data_path``, ``benchmark`` and ``universe`` are read.
    clock : Clock, optional
        Decides which dates lie in the future.
    """

    name = "files"

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()

    def fetch(self, progress: Progress, stored: StoredHistory | None = None) -> MarketData:
        """Return what the files hold; rows that break a hard rule stand in ``rejected``.

        The dataset is known by the address of its source (the resolved paths and BENCHMARK), so that a file
        with a day more, or a bar corrected, changes the same dataset.

        Raises
        ------
        InvalidMarketDataError
            With a line for every file that cannot be used: its name, the line, what was expected, the cure.
        """
        settings = self._settings
        tables, files, notes = _read(find_files(settings.data_path), progress)
        membership = read_membership(tables)
        universe = choose_universe([file.symbols for file in files], settings.benchmark, settings.universe)
        stacked = stack(files, universe)
        bars = stacked.bars
        clean, rejected = validate_bars(bars, self._today())
        if stacked.n_corrected:
            notes.append(f"{stacked.n_corrected:,} bars corrected by a later file of the same feed")
        repeats = _count_repeats(files, universe, clean, rejected)
        last = _last_session(clean, universe, name_origins(rejected, files))
        clean, n_later = _cut_reference(clean, universe, last)
        rejected, dropped = _part_rejected(rejected, files, universe)
        notes += dropped
        if n_later:
            notes.append(f"{n_later:,} bars of reference symbols after {last:%Y-%m-%d} left out")
        found = find_events(bars, clean, _sound(stacked.superseded, self._today()), files)
        actions, passed_over = read_actions(tables)
        notes += passed_over
        actions = actions[actions["symbol"].isin(list(universe.members | universe.reference))]
        events = pd.concat([found.events.assign(detail=""), actions])
        events = events[events["session"] <= last].sort_values(["symbol", "session", "kind"])
        instruments, membership = list_instruments(universe, read_descriptions(tables), membership)
        dataset = describe_dataset(
            fingerprint(settings.data_path, settings.benchmark),
            [file.table.source.shown for file in files if universe.members & set(file.symbols)],
            found,
            universe,
            last,
            membership,
        )
        symbol = clean["symbol"].astype("str")
        clean = clean.assign(symbol=symbol)[list(BAR_COLUMNS)]
        return MarketData(
            dataset,
            instruments,
            clean,
            events.reset_index(drop=True),
            rejected,
            membership,
            tuple(notes),
            repeats=repeats,
            validated=True,
        )

    def recognise(self) -> SourceState:
        """Return what the files are now, by their content, what is set, and the code that reads them.

        Raises
        ------
        InvalidMarketDataError
            If a file cannot be read.
        """
        settings = self._settings
        files = find_files(settings.data_path)
        chosen = f"{settings.benchmark} {sorted(settings.universe)} {code_version(*_CODE)}"
        digest = content_digest(files, chosen)
        return SourceState(self.name, fingerprint(settings.data_path, settings.benchmark), digest)

    def _today(self) -> date:
        return self._clock.now().astimezone(ZoneInfo("America/New_York")).date()


def _read(
    sources: Sequence[SourceFile], progress: Progress
) -> tuple[list[FileTable], list[FileBars], list[str]]:
    """Read every file, or say of every bad one what is wrong with it."""
    tables: list[FileTable] = []
    files: list[FileBars] = []
    problems: list[str] = []
    notes: list[str] = []
    for number, source in enumerate(sources):
        progress(number, len(sources), f"reading {source.shown}")
        try:
            table = read_parquet(source) if source.is_parquet else read_delimited(source)
            tables.append(table)
            if "bars" in table.roles:
                files.append(read_bars(table))
        except OtherTableError as error:
            (problems if source.named else notes).append(str(error))
        except InvalidMarketDataError as error:
            problems.append(str(error))
    if problems:
        more = len(problems) - _MAX_PROBLEMS
        tail = [f"and {more} more files"] if more > 0 else []
        raise InvalidMarketDataError("\n".join(problems[:_MAX_PROBLEMS] + tail))
    if not files:
        shown = ", ".join(source.shown for source in sources[:5])
        raise InvalidMarketDataError(
            f"DATA_PATH holds no prices, only {shown}; add a file with date, symbol, open, high, low, close "
            "and volume"
        )
    progress(len(sources), len(sources), "checking the bars")
    return tables, files, notes


def _sound(superseded: pd.DataFrame, today: date) -> pd.DataFrame:
    """Return the sound rows of each earlier instalment by itself: on its own it repeats nothing."""
    number = file_of(superseded["line"])
    parts = [validate_bars(superseded[number == here], today)[0] for here in np.unique(number)]
    return pd.concat(parts) if parts else superseded


def _count_repeats(
    files: Sequence[FileBars], universe: Universe, clean: pd.DataFrame, rejected: pd.DataFrame
) -> dict[str, int]:
    """Return how many rows of each member said again what another said, in its file or another."""
    n_read = Counter[str]()
    for file in files:
        known = np.bincount(file.codes[file.codes >= 0], minlength=len(file.symbols)).tolist()
        n_read.update(dict(zip(file.symbols, known, strict=True)))
    for rows in (clean, rejected):
        n_read.subtract({str(symbol): int(n) for symbol, n in rows["symbol"].value_counts().items()})
    return {symbol: n for symbol, n in n_read.items() if n > 0 and symbol in universe.members}


def _last_session(clean: pd.DataFrame, universe: Universe, rejected: pd.DataFrame) -> pd.Timestamp:
    """Return the last session of the universe, which is “today” for its pages."""
    members = _of(clean, universe.members)
    if not members.any():
        reason = (
            f"{len(rejected):,} break a hard rule: {describe_rejected(rejected)}" if len(rejected) else "none"
        )
        raise InvalidMarketDataError(
            f"No sound bar of the universe is left; of the rows {reason}. Mend the source and ingest again"
        )
    return pd.Timestamp(clean["session"].to_numpy()[members].max())


def _of(bars: pd.DataFrame, symbols: frozenset[str]) -> np.ndarray:
    """Return which bars, their symbol categorical, are of the symbols."""
    table = np.append(bars["symbol"].cat.categories.isin(list(symbols)), False)
    found: np.ndarray = table[bars["symbol"].cat.codes.to_numpy()]
    return found


def _cut_reference(clean: pd.DataFrame, universe: Universe, last: pd.Timestamp) -> tuple[pd.DataFrame, int]:
    late = (clean["session"] > last).to_numpy()
    n_late = int(late.sum())
    return (clean[~late].reset_index(drop=True) if n_late else clean), n_late


def _part_rejected(
    rejected: pd.DataFrame, files: Sequence[FileBars], universe: Universe
) -> tuple[pd.DataFrame, list[str]]:
    """Return the universe's rejected rows, and notes that count the reference's, which are dropped."""
    rejected, said_of_indices = drop_ghosts_of_indices(rejected)
    notes = list(said_of_indices)
    beside = rejected["symbol"].isin(list(universe.reference)).to_numpy(bool)
    if beside.any():
        said = describe_rejected(name_origins(rejected[beside], files))
        notes.append(f"{beside.sum():,} bars of reference symbols dropped: {said}")
    kept = name_origins(rejected[~beside].reset_index(drop=True), files)
    ragged = ragged_rows(files, universe.members)
    frames = [frame for frame in (kept, ragged) if not frame.empty]
    return (pd.concat(frames, ignore_index=True) if frames else kept), notes
