"""The version of the code that scores covers every file that decides about a stored number."""

import ast
from importlib.util import find_spec
from pathlib import Path

from services.quant import score_panel
from services.usecases.score_indicators import CODE

ROOT = Path(score_panel.__file__).resolve().parents[2]


def _imported(path: Path) -> set[Path]:
    """Return the project's files that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    files = {
        ROOT / f"{name.replace('.', '/')}.py" for name in names if name.startswith(("services.", "models."))
    }
    return {file for file in files if file.is_file()}


def _covered() -> set[Path]:
    files = set()
    for name in CODE:
        origin = Path(find_spec(name).origin)
        files |= set(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else {origin}
    return files


def test_it_covers_all_that_scoring_imports():
    reached, waiting = set(), {Path(score_panel.__file__)}
    while waiting:
        path = waiting.pop()
        reached.add(path)
        waiting |= _imported(path) - reached
    assert len(reached) > 10
    assert sorted(path.relative_to(ROOT).as_posix() for path in reached - _covered()) == []
