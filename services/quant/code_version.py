"""Which code computed a result, so that other code computes it again."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_LIBRARIES = ("numpy", "pandas", "pyarrow", "exchange_calendars", "TA-Lib")


@cache
def code_version(*modules: str) -> str:
    """Return a hash of the source of modules, packages with all below them, and of the libraries they use.

    Parameters
    ----------
    modules : str
        Their full names, such as ``services.providers.files``.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    found = hashlib.sha256()
    for name in sorted(modules):
        for path in _sources(name):
            found.update(path.read_bytes() + b"\0")
    for name in _LIBRARIES:
        found.update(f"{name} {version(name)}\0".encode())
    return found.hexdigest()


def _sources(name: str) -> Iterator[Path]:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no source of module {name}")
    origin = Path(spec.origin)
    yield from sorted(origin.parent.rglob("*.py")) if spec.submodule_search_locations else (origin,)
