"""A correlation matrix as the browser draws it on a canvas (``assets/16-matrix.js``)."""

import base64
from typing import Any

from components import formats
from models.domain.correlation import SCALE, CorrelationMatrix


def matrix_source(matrix: CorrelationMatrix) -> dict[str, Any]:
    """Return the matrix as the browser draws it: its triangle in base64, its lines and blocks."""
    names = sorted({line.sector for line in matrix.lines})
    places = {name: place for place, name in enumerate(names)}
    return {
        "triangle": base64.b64encode(matrix.triangle.astype("<i2").tobytes()).decode(),
        "scale": SCALE,
        "sectors": names,
        "lines": [[list(line.symbols), line.name, places[line.sector]] for line in matrix.lines],
        "blocks": [[block.start, block.end, block.label, block.average] for block in matrix.blocks],
        "words": _described(matrix),
    }


def _described(matrix: CorrelationMatrix) -> str:
    per_line = max(len(line.symbols) for line in matrix.lines)
    grouped = f" Each line is the mean of {per_line} neighbours." if per_line > 1 else ""
    return (
        f"Correlations of {formats.count(matrix.n_symbols)} symbols, average "
        f"{matrix.measures.average:.2f}.{grouped} The most and the least alike pairs are listed beside it."
    )
