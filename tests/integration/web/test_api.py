"""What other programs ask, and what it costs."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event

from app.web import create_app
from models.domain.errors import DatabaseUnavailableError, NotYetComputedError
from models.domain.feed import FeedRow, SignalFeed
from models.domain.market import Dataset, DatasetStatus, PriceBasis
from models.domain.signals import Label
from services.storage.revisions import bump_revision
from tests.integration.web.conftest import DEV, LOCAL, PROD, SITE

ROW = FeedRow(
    symbol="IBM",
    name="IBM <script>",
    sector="Information Technology",
    note="",
    session=date(2013, 3, 1),
    close=202.9,
    day_change=0.0103,
    label=Label.BUY,
    technical_label=Label.HOLD,
    quantile_label=Label.STRONG_BUY,
    confluence=0.58,
    technical=0.58,
    sentiment=None,
    model=None,
    rsi_score=float("nan"),
    macd_score=0.6,
    ma_score=0.8,
    bb_score=0.5,
    rank=1.0,
    confidence=None,
    confidence_base_rate=None,
    confidence_n=None,
    window_sessions=3000,
    reason="",
    made_of=(("technical", 1.0),),
    history=(201.0, 202.9),
)
FEED = SignalFeed(
    status=DatasetStatus(
        Dataset("sample", "f00", "Sample", PriceBasis.RAW, historical=True),
        n_symbols=5,
        first_session=date(2000, 3, 1),
        last_session=date(2013, 3, 1),
        refreshed_at=datetime(2024, 1, 2, tzinfo=UTC),
    ),
    as_of=date(2013, 3, 1),
    computed_at=datetime(2024, 1, 2, 3, tzinfo=UTC),
    rows=(
        ROW,
        replace(ROW, symbol="FB", label=None, confluence=None, reason="No score yet: 196 of 200 sessions"),
    ),
    is_newest=True,
)


class Feed:
    """A feed that counts how often it is read."""

    def __init__(self, answer=FEED):
        self.answer = answer
        self.n_reads = 0

    def feed(self):
        self.n_reads += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def feed():
    return Feed()


@pytest.fixture
def get(services, feed):
    client = create_app(DEV, replace(services, feed=feed)).test_client()
    return lambda address, **headers: client.get(address, base_url=LOCAL, headers=headers)


@contextmanager
def counted(engine):
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def change(engine, subject="data"):
    with engine.begin() as connection:
        bump_revision(connection, subject)


def test_the_revision_says_what_changed_last(get, engine, eventually):
    eventually(lambda: get("/api/v1/revision").json["database"])
    before = get("/api/v1/revision").json["revision"]
    change(engine)
    change(engine, "jobs")
    eventually(lambda: get("/api/v1/revision").json["revision"] == before + 2)
    answer = get("/api/v1/revision")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.json["database"] is True
    assert datetime.fromisoformat(answer.json["changed_at"]).tzinfo is not None
    assert answer.json["subjects"]["jobs"] == 1


def test_an_unchanged_revision_costs_no_query(get, engine):
    tag = get("/api/v1/revision").headers["ETag"]
    with counted(engine) as statements:
        answer = get("/api/v1/revision", **{"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == tag
    assert statements == []


@pytest.mark.parametrize("credential", ["session", "token", "metrics token"])
def test_it_costs_none_for_those_who_signed_in_either(services, engine, credential):
    client = create_app(PROD, services).test_client()
    headers = {}
    if credential == "session":
        client.post("/login", data={"username": "vera", "password": "correct horse battery"}, base_url=SITE)
    else:
        token = services.accounts.set_token("vera") if credential == "token" else PROD.metrics_token
        headers["Authorization"] = f"Bearer {token}"

    def ask(**more):
        return client.get("/api/v1/revision", base_url=SITE, headers={**headers, **more})

    tag = ask().headers["ETag"]
    with counted(engine) as statements:
        assert ask(**{"If-None-Match": tag}).status_code == 304
        assert ask(**{"If-None-Match": '"another"'}).status_code == 200
    assert statements == []


def test_signals_come_with_all_their_fields(get):
    body = get("/api/v1/signals").json
    assert body["dataset"]["provider"] == "sample"
    assert body["as_of"] == "2013-03-01"
    assert body["computed_at"] == "2024-01-02T03:00:00+00:00"
    ibm, fb = body["signals"]
    assert ibm["label"] == "BUY"
    assert ibm["session"] == "2013-03-01"
    assert ibm["confluence"] == 0.58
    assert ibm["rsi_score"] is None
    assert ibm["made_of"] == {"technical": 1.0}
    assert "history" not in ibm
    assert fb["label"] is None
    assert "196 of 200" in fb["reason"]


def test_signals_are_read_once_a_revision(get, feed, engine, eventually):
    eventually(lambda: get("/api/v1/revision").json["database"])  # before that nothing is kept
    first = get("/api/v1/signals")
    for _ in range(3):
        assert get("/api/v1/signals").data == first.data
    assert get("/api/v1/signals", **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert feed.n_reads == 1
    feed.answer = replace(FEED, rows=FEED.rows[:1])
    change(engine)
    eventually(lambda: len(get("/api/v1/signals").json["signals"]) == 1)
    assert feed.n_reads == 2
    assert get("/api/v1/signals", **{"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotYetComputedError("No signals yet: the first scoring has not finished."), "No signals yet"),
        (DatabaseUnavailableError("PostgreSQL at postgresql://me@host/db"), "The database is out of reach"),
    ],
)
def test_what_cannot_be_answered_says_why(get, feed, error, sentence):
    feed.answer = error
    answer = get("/api/v1/signals")
    assert answer.status_code == 503
    assert answer.json["error"].startswith(sentence)
    assert "ETag" not in answer.headers
    feed.answer = FEED
    assert get("/api/v1/signals").status_code == 200


def test_the_real_feed_of_an_empty_database_says_what_is_missing(dev):
    answer = dev.get("/api/v1/signals")
    assert answer.status_code == 503
    assert len(answer.json["error"]) > 20


def test_answers_are_strict_json(get):
    json.loads(get("/api/v1/signals").data, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
