"""A correlation matrix as the page shows it, from a table of returns."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.domain.correlation import (
    CorrelationMatrix,
    CorrelationRequest,
    Line,
    Pair,
)
from models.domain.errors import InsufficientHistoryError
from models.domain.market import DatasetStatus
from services.quant.correlation import layout, structure
from services.quant.correlation.coverage import usable_symbols
from services.quant.correlation.matrices import estimate, n_common_sessions
from services.quant.correlation.pairs import extreme_pairs
from services.quant.correlation.returns import ReturnTable

_N_EXTREMES = 8
_MAX_LEFT_OUT = 200  # named one by one; the page says how many there are in all


def matrix_view(
    table: ReturnTable,
    members: pd.DataFrame,
    sectors: tuple[tuple[str, int], ...],
    request: CorrelationRequest,
    status: DatasetStatus,
    *,
    is_newest: bool,
) -> CorrelationMatrix:
    """Return the matrix of a table's symbols, ordered and measured.

    Raises
    ------
    InsufficientHistoryError
        If fewer than two symbols have enough history.
    """
    kept, left_out = usable_symbols(table, request.min_returns)
    if kept.size < 2:
        raise InsufficientHistoryError(_too_few(table, request, int(kept.size)))
    about = members.set_index("symbol").loc[[table.symbols[place] for place in kept.tolist()]]
    returns = table.returns[:, kept]
    found = estimate(returns, request.method)
    tree = structure.linkage(found.matrix)
    symbols, names, its_sectors = about.index.tolist(), about["name"].tolist(), about["sector"].tolist()
    order = layout.order_of(request.order, tree, symbols, its_sectors)
    matrix = found.matrix[np.ix_(order, order)]
    ordered_symbols = [symbols[place] for place in order.tolist()]
    ordered_sectors = [its_sectors[place] for place in order.tolist()]
    starts = layout.line_starts(order.size)
    lines = _lines(starts, ordered_symbols, [names[place] for place in order.tolist()], ordered_sectors)
    shown = layout.lines_matrix(matrix, starts)
    cluster = structure.clusters(tree, layout.BLOCK_CORRELATION)[order]
    highest, lowest = extreme_pairs(matrix, _N_EXTREMES)
    return CorrelationMatrix(
        status=status,
        request=request,
        first=table.session[0].item(),
        last=table.session[-1].item(),
        n_sessions=table.session.size,
        n_symbols=order.size,
        n_common_min=int(n_common_sessions(returns).min()),
        lines=lines,
        triangle=layout.encoded_triangle(shown),
        blocks=layout.blocks_of(request.order, shown, cluster[starts[:-1]], [line.sector for line in lines]),
        measures=structure.measure(matrix, table.session.size, found.shrinkage),
        highest=_pairs(matrix, ordered_symbols, highest),
        lowest=_pairs(matrix, ordered_symbols, lowest),
        concentrations=layout.concentrations(tree, found.matrix, symbols),
        left_out=left_out[:_MAX_LEFT_OUT],
        n_left_out=len(left_out),
        sectors=sectors,
        is_newest=is_newest,
    )


def _lines(
    starts: np.ndarray, symbols: Sequence[str], names: Sequence[str], sectors: Sequence[str]
) -> tuple[Line, ...]:
    lines = []
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        sector = Counter(sectors[start:end]).most_common(1)[0][0]
        lines.append(Line(tuple(symbols[start:end]), names[start] if end - start == 1 else "", sector))
    return tuple(lines)


def _pairs(matrix: np.ndarray, symbols: Sequence[str], places: list[tuple[int, int]]) -> tuple[Pair, ...]:
    return tuple(Pair(symbols[row], symbols[column], float(matrix[row, column])) for row, column in places)


def _too_few(table: ReturnTable, request: CorrelationRequest, n_kept: int) -> str:
    having = "No symbol has" if n_kept == 0 else "Only one symbol has"
    return (
        f"{having} the {request.min_returns:,} returns that a window of {request.window_sessions:,} sessions "
        f"takes; there are {table.session.size:,} sessions: choose a shorter window"
    )
