"""The version of code changes with its source and with nothing else."""

import sys

import pytest

from services.quant.code_version import code_version


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "ledger"
    (folder / "inner").mkdir(parents=True)
    for name in ("__init__.py", "a.py", "inner/__init__.py", "inner/b.py"):
        (folder / name).write_text(f"# {name}\n")
    monkeypatch.syspath_prepend(tmp_path)
    code_version.cache_clear()
    yield folder
    code_version.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "ledger"]:
        del sys.modules[name]


def version(*modules):
    code_version.cache_clear()
    return code_version(*modules)


def test_a_package_counts_with_all_below_it(package):
    before, of_one_module = version("ledger"), version("ledger.a")
    assert version("ledger") == before
    (package / "inner" / "b.py").write_text("# other\n")
    assert version("ledger") != before
    assert version("ledger.a") == of_one_module
    (package / "a.py").write_text("# other\n")
    assert version("ledger.a") != of_one_module


def test_the_order_of_names_does_not_matter(package):
    assert version("ledger.a", "ledger.inner") == version("ledger.inner", "ledger.a")
    assert version("ledger.a", "ledger.inner") != version("ledger.a")


def test_a_module_that_is_not_there():
    with pytest.raises(ModuleNotFoundError, match="no_such_ledger"):
        version("no_such_ledger")
