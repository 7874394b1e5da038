"""The digest of the code that scores covers every file that decides about a stored number."""

import ast
from pathlib import Path

from services.quant import scoring_code
from services.quant.scoring_code import SOURCES

ROOT = Path(scoring_code.__file__).resolve().parents[2]


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


def test_it_covers_all_that_scoring_imports():
    reached, waiting = set(), {ROOT / "services/quant/score_panel.py"}
    while waiting:
        path = waiting.pop()
        reached.add(path)
        waiting |= _imported(path) - reached
    covered = {path for pattern in SOURCES for path in ROOT.glob(pattern)}
    assert sorted(path.relative_to(ROOT).as_posix() for path in reached - covered) == []
    assert all(list(ROOT.glob(pattern)) for pattern in SOURCES)


def test_any_file_changes_it_and_line_ends_do_not(tmp_path, monkeypatch):
    def digest() -> str:
        scoring_code.scoring_code.cache_clear()
        return scoring_code.scoring_code()

    whole = digest()
    for pattern in SOURCES:
        for path in ROOT.glob(pattern):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(scoring_code, "_ROOT", tmp_path)
    try:
        assert digest() == whole
        weights = tmp_path / "models/domain/signals.py"
        weights.write_bytes(weights.read_bytes().replace(b"\n", b"\r\n"))
        assert digest() == whole
        weights.write_bytes(weights.read_bytes().replace(b"0.30", b"0.31", 1))
        assert digest() != whole
    finally:
        scoring_code.scoring_code.cache_clear()
    assert len(whole) == 64
