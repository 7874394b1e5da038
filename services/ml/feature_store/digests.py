"""What the features of a session were computed from, as one digest a session."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.domain.market import PricePanel
from services.ml.inputs import MarketInputs
from services.quant.features.context import UNKNOWN_SECTOR, CloseSeries
from services.quant.gaps import distinct_sessions, session_positions

DIGEST_BYTES = 16
_SESSIONS_A_BLOCK = 64  # as words of 8 bytes the whole panel would be there a second time
# The growths hold splits and dividends in the form in which features see them.
_PRICES = ("open", "high", "low", "close", "volume", "gross_growth", "share_growth")


@dataclass(frozen=True, eq=False)
class SessionDigests:
    """A digest of everything up to and with each session.

    ``sessions``: datetime64[D], ascending, shape (n_sessions,), those of the panel. ``digests``: for each of
    them ``DIGEST_BYTES`` bytes. Two panels that share the digest of a session agree in all that features of
    this and of earlier sessions are made of: who has a bar, prices, growth, membership, sector, benchmark,
    VIX.
    """

    sessions: np.ndarray
    digests: tuple[bytes, ...]


def session_digests(inputs: MarketInputs) -> SessionDigests:
    """Digest the inputs, oldest session first; each digest goes on from the one before."""
    panel, context = inputs.panel, inputs.context
    position = session_positions(panel.session)
    sessions = distinct_sessions(panel.session, position)
    reference = (context.benchmark, context.vix)
    found = hashlib.blake2b(
        bytes(series is not None for series in reference),  # none at all is another thing than none yet
        digest_size=DIGEST_BYTES,
    )
    bounds = [_bounds(series, sessions) for series in reference]
    digests = []
    for session, rows in enumerate(_rows_by_session(inputs, position, sessions.size)):
        parts = [
            _closes(series, *of_series[session : session + 2])
            for series, of_series in zip(reference, bounds, strict=True)
        ]
        sizes = [sessions[session].astype(np.int64), rows.size, *(len(part) for part in parts)]
        found.update(np.array(sizes, dtype=np.int64).tobytes())
        found.update(rows.data)
        for part in parts:
            found.update(part)
        digests.append(found.copy().digest())
    return SessionDigests(sessions, tuple(digests))


def _rows_by_session(inputs: MarketInputs, position: np.ndarray, n_sessions: int) -> Iterator[np.ndarray]:
    """Yield what each session's rows hold as words of 8 bytes, shape (n_rows, n_words), symbol by symbol."""
    panel = inputs.panel
    order = np.argsort(position.astype(np.uint16 if n_sessions < 1 << 16 else np.int64), kind="stable")
    edges = np.concatenate(([0], np.cumsum(np.bincount(position, minlength=n_sessions))))
    columns = [np.ascontiguousarray(getattr(panel, name)).view(np.uint64) for name in _PRICES]
    symbol, sector = _words_of_symbols(panel, inputs)
    code = panel.code
    for first in range(0, n_sessions, _SESSIONS_A_BLOCK):
        block = edges[first : first + _SESSIONS_A_BLOCK + 1]
        rows = order[block[0] : block[-1]]
        owner = code[rows]
        is_member = inputs.context.is_member[rows].astype(np.uint64)
        words = np.column_stack(
            (symbol[owner], sector[owner], is_member, *(column[rows] for column in columns))
        )
        for begin, end in pairwise((block - block[0]).tolist()):
            yield words[begin:end]


def _words_of_symbols(panel: PricePanel, inputs: MarketInputs) -> tuple[np.ndarray, np.ndarray]:
    """Return a word for the name and one for the sector of each symbol: their numbers may change."""
    sectors = {number: _word(f"sector {name}") for number, name in inputs.sector_names.items()}
    sectors[UNKNOWN_SECTOR] = 0
    return (
        np.array([_word(name) for name in panel.symbols], dtype=np.uint64),
        np.array([sectors[number] for number in inputs.context.sector.tolist()], dtype=np.uint64),
    )


def _word(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _bounds(series: CloseSeries | None, sessions: np.ndarray) -> np.ndarray:
    """Return where in the series each session's part begins and, last, where the last one's ends."""
    if series is None:
        return np.zeros(sessions.size + 1, dtype=np.int64)
    return np.concatenate(([0], np.searchsorted(series.session, sessions, side="right")))


def _closes(series: CloseSeries | None, first: int, last: int) -> bytes:
    if series is None:
        return b""
    days = series.session[first:last].astype("datetime64[D]")
    return days.tobytes() + np.ascontiguousarray(series.close[first:last]).tobytes()
