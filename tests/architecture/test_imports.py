"""What the import linter cannot see: what libraries bring with them."""

import subprocess
import sys

import pytest

FORBIDDEN_IN_WEB = ("torch", "shap", "yfinance", "pandas_ta_classic", "apscheduler")
HEAVY_IN_SERVE = ("torch", "shap", "yfinance", "scipy", "talib", "dash", "exchange_calendars")


def _loaded(statement: str, repository_root) -> set[str]:
    code = f"{statement}\nimport sys\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=repository_root
    )
    return set(run.stdout.split())


@pytest.mark.slow
def test_the_web_process_loads_none_of_what_jobs_compute_with(repository_root):
    loaded = _loaded(
        "import app.web, app.web_composition, app.cli.main, app.cli.processes, app.server", repository_root
    )
    assert loaded.isdisjoint(FORBIDDEN_IN_WEB)


def test_the_supervisor_stays_small(repository_root):
    loaded = _loaded("import app.cli.processes, app.supervisor, app.first_admin", repository_root)
    assert loaded.isdisjoint(HEAVY_IN_SERVE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "module",
    ["app.web", "app.web_composition", "app.worker", "services.jobs.handlers", "services.quant.scoring"],
)
def test_importing_opens_no_connection_and_reads_no_environment(module, repository_root):
    guard = (
        "import socket, os\n"
        "def refuse(*_): raise AssertionError('connected while importing')\n"
        "socket.socket.connect = refuse\n"
        "os.environ['DATABASE_URL'] = 'not an address'\n"
    )
    _loaded(f"{guard}import {module}", repository_root)


def test_the_import_rules_hold(repository_root):
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        capture_output=True,
        text=True,
        check=False,
        cwd=repository_root,
    )
    assert run.returncode == 0, run.stdout + run.stderr
