"""``make bench``: our work beside a peer's, in one run, as one table.

``python -m benchmarks explanations explained`` runs these parts alone, in their usual order.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import (
    additivity,
    attention,
    backtest,
    cold_load,
    correlation,
    explained,
    explanations,
    features,
    indicators,
    inference,
    pages,
    panel,
    quality,
    risk,
    serving,
    simulated,
    storage,
)
from benchmarks.table import Result, print_table
from services.storage.embedded import EmbeddedPostgres

_PARTS = (
    storage,
    indicators,
    features,
    inference,
    explanations,
    explained,
    additivity,
    attention,
    backtest,
    pages,
    cold_load,
    correlation,
    quality,
    risk,
    simulated,
    serving,
)


def main(names: Sequence[str]) -> int:
    """Run every benchmark, or those named; return how many limits were missed."""
    parts = {part.__name__.removeprefix("benchmarks."): part for part in _PARTS}
    unknown = [name for name in names if name not in parts]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are {', '.join(parts)}", file=sys.stderr)
        return len(unknown)
    source = panel.find()
    print(f"Data: {source.label}", flush=True)
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        url = server.acquire()
        try:
            for name, part in parts.items():
                if name in names or not names:
                    results += part.run(source, url)
        finally:
            print_table(results)  # also of what was measured before something failed
            server.release()
            server.destroy()
    return sum(not result.holds for result in results)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
