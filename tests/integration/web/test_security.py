"""Headers of every answer, and requests that are refused before anything is looked at."""

import logging
import re

import pytest
from sqlalchemy.exc import OperationalError

from app.web import create_app
from models.domain.errors import DatabaseUnavailableError
from services.commands.access import NotAllowedError
from tests.integration.web.conftest import DEV, LOCAL, SITE

WRITES = ["POST", "PUT", "PATCH", "DELETE", "PROPPATCH"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://glassbox.example.evil.example"},
        {"Origin": "https://evil.example/glassbox.example"},
        {"Origin": "https://glassbox.example:8443"},
        {"Origin": "file://glassbox.example"},
        {"Origin": "https://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://glassbox.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Referer": "https://evil.example/page"},
    ],
)
@pytest.mark.parametrize("address", ["/_dash-update-component", "/login", "/logout", "/anything"])
def test_what_other_sites_send_is_refused(signed_in, headers, address):
    client = signed_in("ada")
    for method in WRITES:
        answer = client.open(address, method=method, headers=headers)
        assert answer.status_code == 403
        assert "own pages" in answer.json["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": SITE},
        {"Origin": SITE + ":443"},
        {"Origin": SITE.upper()},
        {"Sec-Fetch-Site": "same-origin", "Origin": SITE},
        {"Sec-Fetch-Site": "none"},
        {"Referer": SITE + "/login"},
    ],
)
def test_what_its_own_pages_send_is_taken(prod, headers):
    answer = prod.post("/login", data={"username": "ada", "password": "wrong"}, headers=headers)
    assert answer.status_code == 401
    assert "password is not right" in answer.text


def test_reading_across_sites_is_no_matter_of_the_origin(dev):
    assert dev.get("/api/v1/revision", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("address", ["/login", "/_dash-update-component", "/nothing"])
def test_large_bodies_are_refused(dev, prod, address):
    for client in (dev, prod):
        assert client.post(address, data=b"x" * (2 * 1024 * 1024 + 1)).status_code == 413


def _answers(dev, prod, signed_in):
    ada = signed_in("ada")
    yield dev.get("/")
    yield dev.get("/", headers={"Host": "evil.example"})
    yield prod.get("/signals")
    yield prod.get("/login")
    yield prod.get("/health")
    yield prod.get("/assets/login.css")
    yield prod.get("/assets/nothing.css")
    yield prod.get("/_dash-layout")
    yield prod.post("/login", data={}, headers={"Origin": "https://evil.example"})
    yield ada.get("/signals")
    yield ada.get("/api/v1/revision")
    yield ada.get("/api/nothing")
    yield ada.post("/_dash-update-component", data="{")
    yield ada.put("/signals")


def test_every_answer_has_the_headers(dev, prod, signed_in):
    for answer in _answers(dev, prod, signed_in):
        name = f"{answer.request.path} {answer.status_code}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert answer.headers["X-Frame-Options"] == "DENY", name
        assert answer.headers["Referrer-Policy"] == "same-origin", name
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert "camera=()" in answer.headers["Permissions-Policy"], name
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], name
        assert len(answer.headers["X-Request-ID"]) == 12, name
        assert len(answer.headers.getlist("Cache-Control")) == 1, name
        assert "Server" not in answer.headers, name
        assert "Access-Control-Allow-Origin" not in answer.headers, name
        assert ("Strict-Transport-Security" in answer.headers) == (answer.request.url.startswith("https")), (
            name
        )


def test_the_policy_lets_only_known_scripts_run(dev):
    page = dev.get("/")
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"].startswith("'self' 'sha256-")
    assert "unsafe" not in policy["script-src"]
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert policy["img-src"] == "'self' data: blob:"
    for name in ("base-uri", "frame-ancestors", "object-src", "default-src"):
        assert policy[name] == "'none'"
    for name in ("form-action", "connect-src", "font-src"):
        assert policy[name] == "'self'"


def test_pages_are_not_kept_and_fingerprinted_files_are(dev, prod):
    assert dev.get("/").headers["Cache-Control"] == "no-store"
    assert dev.get("/_dash-layout").headers["Cache-Control"] == "no-store"
    assert prod.get("/login").headers["Cache-Control"] == "no-store"
    assert prod.get("/assets/login.css").headers["Cache-Control"] == "public, max-age=3600"
    assert prod.get("/assets/nothing.css?m=1").headers["Cache-Control"] == "no-store"
    address = re.search(r'href="(/assets/login\.css\?m=[^"]+)"', prod.get("/login").text).group(1)
    assert prod.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    suite = re.search(r'src="(/_dash-component-suites/[^"]+)"', dev.get("/").text).group(1)
    assert dev.get(suite).headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_failures_are_json_for_machines_and_a_short_page_for_people(signed_in):
    ada = signed_in("ada")
    for answer in (ada.get("/api/nothing"), ada.delete("/api/v1/nothing", headers={"Accept": "text/html"})):
        assert answer.status_code == 404
        assert answer.json["error"] == "There is nothing at this address."
    wrong_method = ada.post("/api/v1/revision")
    assert wrong_method.status_code in {404, 405}
    assert wrong_method.is_json
    page = ada.get("/assets/nothing.css", headers={"Accept": "text/html"})
    assert page.status_code == 404
    broken = ada.post("/_dash-update-component", data="{", content_type="application/json")
    assert broken.status_code == 400
    assert broken.is_json
    put = ada.put("/signals", headers={"Accept": "text/html,*/*"})
    assert put.status_code == 405
    assert put.headers["Allow"]
    assert "<h1>Method not allowed</h1>" in put.text


@pytest.fixture
def failing(services):
    app = create_app(DEV, services)
    causes = {
        "bug": ZeroDivisionError("the secret is 42"),
        "role": NotAllowedError("This needs the role admin."),
        "database": DatabaseUnavailableError("PostgreSQL at postgresql://user@host/name cannot be used"),
        "driver": OperationalError("SELECT secret", {}, Exception("gone")),
    }

    def fail(cause):
        raise causes[cause]

    # Under an address that guests may ask for, as a callback's.
    app.add_url_rule("/_dash-fail/<cause>", view_func=fail)
    client = app.test_client()
    return lambda cause: client.get(f"/_dash-fail/{cause}", base_url=LOCAL)


def test_a_bug_is_logged_under_a_number_and_not_shown(failing, caplog):
    with caplog.at_level(logging.ERROR):
        answer = failing("bug")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    number = answer.json["request_id"]
    assert number in answer.json["error"]
    assert answer.headers["X-Request-ID"] == number
    record = next(record for record in caplog.records if number in record.getMessage())
    assert record.exc_info[0] is ZeroDivisionError


def test_a_callback_that_lacks_a_role_answers_403(failing):
    assert failing("role").status_code == 403


@pytest.mark.parametrize("cause", ["database", "driver"])
def test_a_lost_database_answers_503_without_its_address(failing, cause):
    answer = failing(cause)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "postgresql" not in answer.text
    assert "SELECT" not in answer.text
