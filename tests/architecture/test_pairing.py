"""Each page has its callbacks, its query, its ids and its tests; each job its handler and title."""

import inspect
from pathlib import Path

import pytest

from app.settings import PROVIDERS as OFFERED
from components import ids
from models.domain.jobs import JobName
from models.domain.settings import Settings
from models.tables import bars, indicators
from services.jobs.handlers import build_handlers
from services.jobs.registry import JOBS, Lane
from services.providers.registry import PROVIDERS
from services.quant.indicators.registry import STORED
from services.queries.activity import TITLES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path.stem for path in (ROOT / "app" / "pages").glob("*.py") if path.stem not in {"__init__", "not_found"}
)
# A page's query where its name is not the page's.
QUERIES = {"signals": "signal_feed"}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_all_its_parts(page):
    missing = [
        part
        for part in (
            f"callbacks/{page}.py",
            f"services/queries/{QUERIES.get(page, page)}.py",
            f"tests/unit/callbacks/test_{page}.py",
        )
        if not (ROOT / part).is_file()
    ]
    assert not missing
    classes = {name for name, _ in inspect.getmembers(ids, inspect.isclass)}
    assert page.title().replace("_", "") in classes
    assert any(
        page in path.read_text(encoding="utf-8") for path in (ROOT / "tests/browser").glob("test_*.py")
    )


def test_every_job_has_a_schedule_a_handler_and_a_title(clock):
    assert {job.name for job in JOBS} == set(JobName) == set(build_handlers(Settings(), clock)) == set(TITLES)
    scheduled = [job for job in JOBS if job.lane is not Lane.REQUESTS]  # those run when somebody asks
    assert all((job.cron is None) != (job.after is None) or job.check_cron for job in scheduled)


def test_every_stored_indicator_has_its_column():
    columns = {column.name for column in indicators.columns} - {
        "instrument_id",
        "session",
        "window_sessions",
        "filled_sessions",
    }
    assert columns == set(STORED)


def test_bars_hold_what_a_panel_reads():
    assert {"open", "high", "low", "close", "volume", "adj_close", "known_at"} <= set(bars.columns.keys())


def test_settings_offer_the_providers_that_there_are():
    assert set(OFFERED) == set(PROVIDERS)
