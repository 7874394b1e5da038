"""The key covers every file that decides about a value."""

import ast
from pathlib import Path

import services
from models.domain.market import Dataset, PriceBasis
from services.ml.feature_store import key
from services.ml.feature_store.key import CODE, store_key

ROOT = Path(services.__file__).resolve().parents[1]


def _path(module):
    file = ROOT / f"{module.replace('.', '/')}.py"
    return file if file.is_file() else None


def _imported(path):
    """Return the project's files that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {found for name in names if name.startswith(("services.", "models.")) and (found := _path(name))}


def test_it_covers_all_that_features_import():
    reached, waiting = set(), {ROOT / "services/quant/features/compute.py", ROOT / "services/quant/panels.py"}
    while waiting:
        path = waiting.pop()
        reached.add(path)
        waiting |= _imported(path) - reached
    covered = set()
    for module in CODE:
        path = _path(module)
        covered |= {path} if path else set((ROOT / module.replace(".", "/")).rglob("*.py"))
    assert {path.relative_to(ROOT).as_posix() for path in reached - covered} == set()
    assert len(reached) > 20


def test_each_part_makes_another_key(monkeypatch):
    dataset = Dataset("files", "a", "label", PriceBasis.RAW)
    keys = [
        store_key(dataset),
        store_key(Dataset("yfinance", "a", "label", PriceBasis.RAW)),
        store_key(Dataset("files", "b", "label", PriceBasis.RAW)),
    ]
    for name, value in (("NAMES", key.NAMES[:-1]), ("LEAD_SESSIONS", 1), ("code_version", lambda *_: "x")):
        with monkeypatch.context() as patched:
            patched.setattr(key, name, value)
            keys.append(store_key(dataset))
    assert len(set(keys)) == len(keys)
    assert store_key(Dataset("files", "a", "another label", PriceBasis.RAW)) == keys[0]
