"""Signing in and out through the pages."""

import re
import time
from http.cookies import SimpleCookie

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from app.web import create_app
from models.tables import audit_log, users
from services.commands.accounts import AccountCommands
from tests.integration.web.conftest import DEV, PASSWORD, PROD, SITE


def sign_in(client, username="ada", password=PASSWORD, **options):
    form = {"username": username, "password": password, "next": options.pop("next", "/")}
    return client.post("/login", data=form, **options)


def entries(engine):
    with engine.connect() as connection:
        return list(connection.execute(select(audit_log).order_by(audit_log.c.id)))


def test_the_page_works_without_scripts_and_keeps_where_one_wanted_to_go(prod):
    page = prod.get("/login?next=/signals%3Fsymbol%3DIBM").text
    assert '<form method="post" action="/login">' in page
    assert 'value="/signals?symbol=IBM"' in page
    for name in ("username", "password"):
        assert f'<label for="{name}">' in page
        assert f'id="{name}"' in page
    assert "<script>" not in page
    assert " style=" not in page
    assert "without signing in" not in page


def test_guests_are_told_that_they_may_go_on(dev):
    assert "without signing in" in dev.get("/login").text


def test_signing_in_opens_the_pages_and_leads_to_where_one_wanted_to_go(prod):
    answer = sign_in(prod, next="/signals?symbol=IBM")
    assert answer.status_code == 303
    assert answer.location == "/signals?symbol=IBM"
    assert prod.get("/signals").status_code == 200
    assert prod.get("/_dash-layout").status_code == 200
    assert prod.get("/login?next=/var").location == "/var"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "javascript:1", "\0"],
)
def test_nobody_is_led_elsewhere(prod, target):
    assert "evil" not in prod.get("/login", query_string={"next": target}).text
    assert sign_in(prod, next=target).location == "/"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(prod, services):
    cookie = sign_in(prod).headers["Set-Cookie"]
    assert cookie.startswith("glassbox_session=")
    for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Expires="):
        assert part in cookie
    assert "Domain" not in cookie
    client = create_app(DEV, services).test_client()
    assert "Secure" not in sign_in(client).headers["Set-Cookie"]


def test_no_request_after_the_sign_in_prolongs_the_session(prod, clock):
    sign_in(prod)
    assert "Set-Cookie" not in prod.get("/signals").headers
    clock.advance(hours=11, minutes=59)
    assert prod.get("/_dash-layout").status_code == 200
    clock.advance(minutes=1)
    assert prod.get("/_dash-layout").status_code == 401


def test_a_planted_session_is_dropped_on_signing_in(prod_app):
    attacker, victim = prod_app.test_client(), prod_app.test_client()
    sign_in(attacker, "vera", base_url=SITE)
    planted = attacker.get_cookie("glassbox_session", domain="glassbox.example").value
    victim.set_cookie("glassbox_session", planted, domain="glassbox.example")
    sign_in(victim, "ada", base_url=SITE)
    assert victim.get_cookie("glassbox_session", domain="glassbox.example").value != planted
    assert attacker.get("/admin", base_url=SITE).status_code == 403
    assert victim.get("/admin", base_url=SITE).status_code == 200


def test_a_new_password_ends_the_sessions_of_the_old_one(signed_in, services, eventually):
    ada, vera = signed_in("ada"), signed_in("vera")
    assert ada.get("/_dash-layout").status_code == 200
    services.accounts.set_password("ADA", "another password")
    eventually(lambda: ada.get("/_dash-layout").status_code == 401)
    assert vera.get("/_dash-layout").status_code == 200


def test_a_disabled_account_is_out_within_ten_seconds(signed_in, engine, monkeypatch):
    vera = signed_in("vera")
    assert vera.get("/_dash-layout").status_code == 200
    with engine.begin() as connection:
        connection.execute(users.update().where(users.c.username == "vera").values(disabled=True))
    now = time.monotonic()
    monkeypatch.setattr("app.auth.known_users.time.monotonic", lambda: now + 10.1)
    assert vera.get("/_dash-layout").status_code == 401
    assert sign_in(vera, "vera").status_code == 401


def test_after_signing_out_a_copy_of_the_cookie_is_worth_nothing(prod_app, prod):
    sign_in(prod)
    copy = prod.get_cookie("glassbox_session", domain="glassbox.example").value
    answer = prod.post("/logout")
    assert answer.status_code == 303
    assert answer.location == "/login"
    assert prod.get("/_dash-layout").status_code == 401
    thief = prod_app.test_client()
    thief.set_cookie("glassbox_session", copy, domain="glassbox.example")
    assert thief.get("/_dash-layout", base_url=SITE).status_code == 401


def test_a_link_signs_nobody_out(prod):
    sign_in(prod)
    assert prod.get("/logout").status_code == 405
    assert prod.get("/_dash-layout").status_code == 200


@pytest.mark.parametrize("cookie", ["", "x", "eyJfdXNlcl9pZCI6IjEuMSJ9.ZZZZZZ.AAAA", "a" * 8000])
def test_forged_cookies_are_worth_nothing(prod_app, cookie):
    client = prod_app.test_client()
    client.set_cookie("glassbox_session", cookie, domain="glassbox.example")
    client.set_cookie("remember_token", "1.1|" + "0" * 128, domain="glassbox.example")
    assert client.get("/_dash-layout", base_url=SITE).status_code == 401


def test_failures_do_not_say_what_was_wrong(prod):
    known, unknown = sign_in(prod, "ada", "wrong"), sign_in(prod, "nobody", "wrong")
    assert known.status_code == unknown.status_code == 401
    text_of = [re.sub('value="(ada|nobody)"', "", answer.text) for answer in (known, unknown)]
    assert text_of[0] == text_of[1]
    assert "The name or the password is not right." in known.text
    assert 'role="alert"' in known.text


@pytest.mark.slow
def test_unknown_names_take_as_long_as_known_ones(engine, clock, services):
    accounts = AccountCommands(engine, clock, PasswordHasher(time_cost=8, memory_cost=65536, parallelism=1))
    accounts.add("slow", PASSWORD, services.accounts.users()[0].role)

    def seconds(name):
        began = time.perf_counter()
        with pytest.raises(Exception, match="not right"):
            accounts.sign_in(name, "wrong password", f"10.0.0.{len(name)}")
        return time.perf_counter() - began

    seconds("nobody")
    known, unknown = min(seconds("slow") for _ in range(3)), min(seconds("nobody") for _ in range(3))
    impossible = min(seconds("no'body\0") for _ in range(3))
    assert unknown > 0.6 * known
    assert impossible > 0.6 * known


def test_ten_failures_for_a_name_close_it_for_fifteen_minutes(prod, clock):
    for _ in range(10):
        assert sign_in(prod, "Ada", "wrong").status_code == 401
    answer = sign_in(prod, "ada")
    assert answer.status_code == 429
    assert 880 <= int(answer.headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes" in answer.text
    assert sign_in(prod, "vera").status_code == 303
    elsewhere = sign_in(prod, "ada", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 303
    clock.advance(minutes=15, seconds=1)
    assert sign_in(prod, "ada").status_code == 303


def test_fifty_failures_close_an_address_for_every_name(prod):
    for number in range(50):
        assert sign_in(prod, f"name{number}", "wrong").status_code == 401
    assert sign_in(prod, "ada").status_code == 429
    assert sign_in(prod, "ada", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 303


def test_names_that_cannot_exist_count_too(prod):
    for _ in range(50):
        sign_in(prod, "'; --", "wrong")
    assert sign_in(prod, "ada").status_code == 429


@pytest.mark.parametrize(
    "name",
    [
        "\0",
        "ada\0",
        "' OR 1=1 --",
        "ada'; DROP TABLE users; --",
        '"><script>alert(1)</script>',
        "{{1234567*8}}",
        "%s%n",
        "ada\r\nadmin",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "ａｄａ",
        "x" * 10_000,
    ],
)
def test_hostile_names_and_passwords_only_fail(prod, engine, name):
    for answer in (
        sign_in(prod, name, PASSWORD),
        sign_in(prod, "ada", name),
        sign_in(prod, "ada", PASSWORD + name),
    ):
        assert answer.status_code == 401
        assert "<script>alert" not in answer.text
        assert "9876536" not in answer.text
    assert all(len(entry.subject) <= 64 for entry in entries(engine))
    assert len(AccountCommands(engine, None, PasswordHasher()).users()) == 2


def test_bytes_that_are_no_text_only_fail(prod):
    answer = prod.post(
        "/login", data=b"username=%ff%fe&password=%00%ff", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 401
    assert prod.post("/login", data=b"\xff{", content_type="application/json").status_code == 401
    assert prod.post("/login", data=b"--x", content_type="multipart/form-data; boundary=y").status_code == 401


def test_a_name_of_a_megabyte_is_refused(prod):
    assert sign_in(prod, "x" * 1_000_000).status_code == 413
    assert sign_in(prod, "ada", "x" * 3_000_000).status_code == 413


def test_everything_is_in_the_audit_log(prod, engine, services):
    sign_in(prod, "ada", "wrong", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    sign_in(prod, "my secret passphrase, typed into the wrong field", "x")
    sign_in(prod)
    prod.post("/logout")
    services.accounts.set_password("vera", "another password", actor="ada")
    services.accounts.set_token("vera", actor="ada")
    seen = [(entry.actor, entry.action) for entry in entries(engine)]
    assert seen == [
        ("cli", "user_added"),
        ("cli", "user_added"),
        ("anonymous", "sign_in_failed"),
        ("anonymous", "sign_in_failed"),
        ("ada", "sign_in"),
        ("ada", "sign_out"),
        ("ada", "password_changed"),
        ("ada", "token_replaced"),
    ]
    failed = entries(engine)[2]
    assert (failed.subject, failed.address) == ("ada", "192.0.2.7")
    with engine.connect() as connection:
        everything = connection.execute(
            text("SELECT string_agg(audit_log::text, ' ') FROM audit_log")
        ).scalar_one()
    assert "passphrase" not in everything
    assert PASSWORD not in everything


def test_an_answer_never_shows_the_password(prod):
    assert "wrong-password-1" not in sign_in(prod, "ada", "wrong-password-1").text


def test_settings_with_another_secret_do_not_share_sessions(prod, services):
    sign_in(prod)
    cookie = prod.get_cookie("glassbox_session", domain="glassbox.example").value
    other = create_app(PROD, services.__class__(**{**vars(services), "secret_key": "z" * 40})).test_client()
    other.set_cookie("glassbox_session", cookie, domain="glassbox.example")
    assert other.get("/_dash-layout", base_url=SITE).status_code == 401


def test_cookies_parse_as_cookies(prod):
    assert set(SimpleCookie(sign_in(prod).headers["Set-Cookie"])) == {"glassbox_session"}
