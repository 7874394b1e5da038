"""``make bench``: our work beside a peer's, in one run, as one table."""

import sys
import tempfile
from pathlib import Path

from benchmarks import (
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
    backtest,
    pages,
    cold_load,
    correlation,
    quality,
    risk,
    simulated,
    serving,
)


def main() -> int:
    """Run every benchmark; return how many limits were missed."""
    source = panel.find()
    print(f"Data: {source.label}", flush=True)
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        url = server.acquire()
        try:
            for part in _PARTS:
                results += part.run(source, url)
        finally:
            server.release()
            server.destroy()
    print_table(results)
    return sum(not result.holds for result in results)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
