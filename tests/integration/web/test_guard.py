"""Nobody passes who has not signed in, whatever the address and whatever the body says."""

import json

import pytest
from werkzeug.routing import Rule

from app.web import create_app
from services.commands.access import current_actor
from tests.integration.web.conftest import DEV, PROD

OPEN = {"/health", "/login"}


def _address(rule: Rule) -> str:
    address = rule.rule
    for name in rule.arguments:
        converter = "string:" if f"<string:{name}>" in address else "path:"
        address = address.replace(f"<{converter}{name}>", "dash" if name == "package_name" else "x.css")
    return address


def _callback(pathname_as: str = "pathname") -> dict:
    return {
        "output": "content.children",
        "outputs": {"id": "content", "property": "children"},
        "inputs": [{"id": "location", "property": pathname_as, "value": "/login"}],
        "changedPropIds": [f"location.{pathname_as}"],
    }


def test_every_route_but_the_public_ones_is_closed(prod, prod_app):
    checked = 0
    for rule in prod_app.url_map.iter_rules():
        for method in sorted(rule.methods - {"OPTIONS"}):
            address = _address(rule)
            answer = prod.open(address, method=method)
            if rule.rule in OPEN or rule.rule.startswith("/assets/"):
                assert answer.status_code not in {302, 403}, address
                assert answer.status_code != 401 or address == "/login", address
                continue
            checked += 1
            assert answer.status_code in {302, 401}, f"{method} {address}: {answer.status_code}"
            if answer.status_code == 302:
                assert answer.location.startswith("/login"), address
    assert checked > 20


@pytest.mark.parametrize(
    "address",
    [
        "/_dash-layout",
        "/_dash-dependencies",
        "/_dash-component-suites/dash/deps/react@18.min.js",
        "/_reload-hash",
        "/_favicon.ico",
        "/_dash-anything-new",
        "/api/v1/signals",
        "/api/nothing",
        "/metrics",
        "/health/detailed",
    ],
)
def test_machine_addresses_answer_401_as_json(prod, address):
    answer = prod.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert "Sign in" in answer.json["error"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_other_methods_on_unknown_addresses_are_closed_too(prod, method):
    assert prod.open("/anything", method=method).status_code == 401


def test_dot_segments_below_assets_reach_nothing(prod):
    for address in ("/assets/../_dash-layout", "/assets/%2e%2e/_dash-layout", "/assets//_dash-layout"):
        answer = prod.get(address)
        assert answer.status_code != 200, address


@pytest.mark.parametrize("pathname_as", ["pathname", "href", "Pathname"])
def test_a_callback_that_claims_to_be_on_the_sign_in_page_gains_nothing(prod, pathname_as):
    answer = prod.post("/_dash-update-component", json=_callback(pathname_as))
    assert answer.status_code == 401


def test_pages_send_people_to_sign_in_and_back(prod):
    answer = prod.get("/signals?symbol=IBM&sector=It%20s")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/signals%3Fsymbol%3DIBM%26sector%3DIt%2520s"


def test_a_page_asked_for_as_json_says_401(prod):
    assert prod.get("/signals", headers={"Accept": "application/json"}).status_code == 401


def test_viewers_may_not_see_administration(signed_in):
    vera, ada = signed_in("vera"), signed_in("ada")
    for address in ("/admin", "/admin/users", "/Admin", "/%61dmin"):
        assert vera.get(address).status_code == 403
        assert ada.get(address).status_code == 200


def test_guests_read_pages_of_a_developers_machine_but_not_administration(dev):
    assert dev.get("/").status_code == 200
    assert dev.get("/signals").status_code == 200
    assert dev.get("/_dash-layout").status_code == 200
    assert dev.get("/api/v1/revision").status_code == 200
    assert dev.get("/admin").status_code == 302
    assert dev.get("/admin/jobs").status_code == 302
    assert dev.get("/metrics").status_code == 401
    assert dev.get("/health/detailed").status_code == 401
    assert dev.post("/logout").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8050", "127.0.0.1.evil.example", "", "a@b:x"])
def test_a_name_that_points_at_this_machine_is_refused(dev, host):
    for address in ("/", "/api/v1/revision", "/_dash-layout"):
        answer = dev.get(address, headers={"Host": host})
        assert answer.status_code in {400, 421}, answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9999", "[::1]", "[::1]:8050", "LOCALHOST"])
def test_the_names_of_the_loopback_address_are_taken(dev, host):
    assert dev.get("/", headers={"Host": host}).status_code == 200


def test_staging_and_public_hosts_have_no_guests(services):
    for settings in (PROD, DEV.__class__(host="0.0.0.0"), DEV.__class__(app_env="staging")):
        client = create_app(settings, services).test_client()
        assert client.get("/signals").status_code == 302


def test_who_acts_does_not_outlive_the_request(signed_in, prod):
    assert signed_in("ada").get("/signals").status_code == 200
    assert current_actor() is None
    assert prod.get("/_dash-layout").status_code == 401


def test_bearer_tokens_open_the_machine_addresses_and_nothing_else(prod, services):
    own = services.accounts.set_token("vera")
    for token in (PROD.metrics_token, own):
        headers = {"Authorization": f"Bearer {token}"}
        for address in ("/metrics", "/api/v1/revision", "/health/detailed"):
            assert prod.get(address, headers=headers).status_code in {200, 503}, address
        for address in ("/_dash-layout", "/signals", "/admin"):
            assert prod.get(address, headers=headers).status_code in {302, 401}, address


@pytest.mark.parametrize(
    "header",
    ["Bearer wrong", "Bearer ", "Bearer", f"Basic {PROD.metrics_token}", "Bearer ÿþ", "Bearer " + "x" * 5000],
)
def test_wrong_tokens_open_nothing(prod, dev, header):
    assert prod.get("/metrics", headers={"Authorization": header}).status_code == 401
    if header.startswith("Bearer"):
        assert dev.get("/api/v1/revision", headers={"Authorization": header}).status_code == 401


def test_an_empty_metrics_token_is_no_token(services):
    client = create_app(
        PROD.__class__(app_env="prod", host="0.0.0.0", metrics_token=""), services
    ).test_client()
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_a_replaced_token_ends(prod, services, eventually):
    old = {"Authorization": f"Bearer {services.accounts.set_token('vera')}"}
    assert prod.get("/api/v1/revision", headers=old).status_code == 200
    services.accounts.set_token("vera")
    eventually(lambda: prod.get("/api/v1/revision", headers=old).status_code == 401)


def test_refusals_say_so_in_json(prod):
    body = json.loads(prod.post("/_dash-update-component", json={}).data)
    assert set(body) == {"error", "status", "request_id"}
