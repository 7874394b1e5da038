"""The environment, read in one place: what is right, what is wrong, and what is said of it."""

import dataclasses
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app import settings as module
from app.settings import load_settings
from models.domain.errors import InvalidSettingsError
from models.domain.settings import AppEnv, Settings

SECRET = "0123456789abcdef0123456789abcdef"
PASSWORD = "correct horse battery"
NAMES = (
    "APP_ENV", "HOST", "PORT", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_PROVIDER", "DATA_PATH",
    "BENCHMARK", "UNIVERSE", "DATA_DIR", "LOG_LEVEL", "LOG_FORMAT", "ADMIN_PASSWORD", "METRICS_TOKEN",
)  # fmt: skip


def _problems(**environ):
    with pytest.raises(InvalidSettingsError) as caught:
        load_settings(environ)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def test_defaults():
    settings = load_settings({})
    assert settings == Settings()
    assert (settings.app_env, settings.host, settings.port) == (AppEnv.DEV, "127.0.0.1", 8050)
    assert settings.database_url is settings.redis_url is settings.secret_key is None
    assert (settings.data_provider, settings.data_dir) == ("auto", Path("var"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("APP_ENV", "staging", AppEnv.STAGING),
        ("APP_ENV", "DEV", AppEnv.DEV),
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("HOST", "::1", "::1"),
        ("PORT", "65535", 65535),
        ("PORT", " 80 ", 80),
        ("DATABASE_URL", "postgresql://u:p@h:5432/n", "postgresql://u:p@h:5432/n"),
        ("DATABASE_URL", "postgres://u@h/n", "postgres://u@h/n"),
        ("REDIS_URL", "rediss://h:6379/0", "rediss://h:6379/0"),
        ("SECRET_KEY", SECRET, SECRET),
        ("ADMIN_PASSWORD", PASSWORD, PASSWORD),
        ("METRICS_TOKEN", SECRET, SECRET),
        ("DATA_PROVIDER", "Sample", "sample"),
        ("DATA_PATH", "a.csv, b", (Path("a.csv"), Path("b"))),
        ("BENCHMARK", "spy", "SPY"),
        ("UNIVERSE", "aapl, MSFT brk.b,AAPL", ("AAPL", "MSFT", "BRK.B")),
        ("DATA_DIR", "elsewhere", Path("elsewhere")),
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("LOG_FORMAT", "json", "json"),
        *((name, "  ", getattr(Settings(), name.lower())) for name in NAMES),
    ],
)
def test_what_is_right(name, value, expected):
    assert getattr(load_settings({name: value}), name.lower()) == expected


@pytest.mark.parametrize(
    ("name", "value", "what_would_be_right"),
    [
        ("APP_ENV", "production", "one of dev, staging, prod"),
        ("HOST", "http://0.0.0.0", "host name or address without scheme and port"),
        ("HOST", "127.0.0.1:8050", "host name or address without scheme and port"),
        ("HOST", "my host", "host name or address"),
        *(("PORT", v, "from 1 to 65535") for v in ("0", "65536", "-1", "80.0", "http", "٨٠", "9" * 5000)),
        ("DATABASE_URL", "sqlite:///x.db", "postgresql://user:password@host:5432/name"),
        ("DATABASE_URL", "postgresql:///name", "postgresql://user:password@host:5432/name"),
        ("DATABASE_URL", "postgresql://h:port/name", "postgresql://user:password@host:5432/name"),
        ("DATABASE_URL", "postgresql://[::1/name", "postgresql://user:password@host:5432/name"),
        ("REDIS_URL", "http://h", "redis://host:6379/0"),
        ("SECRET_KEY", SECRET[:31], "32 or more"),
        ("ADMIN_PASSWORD", "elevenchars", "12 or more"),
        ("METRICS_TOKEN", "fifteen-letters", "16 or more"),
        ("DATA_PROVIDER", "bloomberg", "one of " + ", ".join(module.PROVIDERS)),
        ("DATA_PATH", "~no-such-user-here/x", "expected a path"),
        ("DATA_DIR", "~no-such-user-here", "expected a path"),
        ("UNIVERSE", ",", "AAPL,MSFT"),
        ("UNIVERSE", "@no/such/file.txt", "comma list"),
        ("UNIVERSE", "~no-such-user-here/x.txt", "expected a path"),
        ("UNIVERSE", "a\0/b", "comma list"),
        ("LOG_LEVEL", "loud", "one of DEBUG, INFO, WARNING, ERROR"),
        ("LOG_FORMAT", "xml", "one of console, json"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(name, value, what_would_be_right):
    (problem,) = _problems(**{name: value})
    assert problem.startswith(name)
    assert what_would_be_right in problem


def test_every_variable_has_a_setting_and_a_reader():
    assert set(NAMES) == set(module._READERS)
    assert {name.lower() for name in NAMES} == {field.name for field in dataclasses.fields(Settings)}


def test_several_wrong_values_are_reported_together():
    problems = _problems(
        PORT="x", APP_ENV="prod", LOG_LEVEL="loud", SECRET_KEY="short", DATABASE_URL="mysql://h/n"
    )
    assert [problem.split(":")[0].split("=")[0].split(" ")[0] for problem in problems] == [
        "PORT",
        "DATABASE_URL",
        "SECRET_KEY",
        "LOG_LEVEL",
        "ADMIN_PASSWORD",
    ]


def test_prod_needs_a_key_and_a_password():
    problems = _problems(APP_ENV="prod")
    assert [problem.split()[0] for problem in problems] == ["SECRET_KEY", "ADMIN_PASSWORD"]
    settings = load_settings({"APP_ENV": "prod", "SECRET_KEY": SECRET, "ADMIN_PASSWORD": PASSWORD})
    assert settings.app_env is AppEnv.PROD
    assert not settings.open_to_guests
    assert load_settings({"APP_ENV": "staging"}).secret_key is None


@pytest.mark.parametrize(
    ("environ", "open_"),
    [
        ({}, True),
        ({"HOST": "::1"}, True),
        ({"HOST": "localhost"}, True),
        ({"HOST": "0.0.0.0"}, False),
        ({"HOST": "::"}, False),
        ({"HOST": "127.0.0.1.example.com"}, False),
        ({"APP_ENV": "staging"}, False),
    ],
)
def test_guests_are_let_in_on_a_developers_own_machine_alone(environ, open_):
    assert load_settings(environ).open_to_guests is open_


def test_secrets_appear_neither_in_repr_nor_in_errors():
    right = {
        "SECRET_KEY": SECRET,
        "ADMIN_PASSWORD": PASSWORD,
        "METRICS_TOKEN": "token-" + SECRET,
        "DATABASE_URL": "postgresql://u:hidden-database@h/n",
        "REDIS_URL": "redis://:hidden-redis@h/0",
    }
    shown = repr(load_settings(right)) + str(load_settings(right))
    wrong = {
        "SECRET_KEY": "hidden-key",
        "ADMIN_PASSWORD": "hidden-word",
        "METRICS_TOKEN": "hidden-token",
        "DATABASE_URL": "mysql://u:hidden-database@h/n",
        "REDIS_URL": "http://:hidden-redis@h:x/0",
    }
    with pytest.raises(InvalidSettingsError) as caught:
        load_settings(wrong)
    told = str(caught.value) + repr(caught.value)
    assert len(caught.value.problems) == 5
    for secret in (*right.values(), "hidden"):
        assert secret not in shown + told


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_settings({}).port = 1


@pytest.fixture
def no_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_environment")
def test_the_file_is_read_and_the_environment_wins(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text(
        "PORT=9001\nHOST=0.0.0.0\n# a remark\nexport LOG_LEVEL='debug'\nBENCHMARK\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.host, settings.log_level) == (9002, "0.0.0.0", "DEBUG")
    assert settings.benchmark is None


@pytest.mark.usefixtures("no_environment")
def test_another_file_may_be_named_and_none_is_needed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings() == Settings()
    other = tmp_path / "other.env"
    other.write_text("PORT=nonsense\n")
    with pytest.raises(InvalidSettingsError, match="PORT=nonsense"):
        load_settings(env_file=other)


@pytest.mark.usefixtures("no_environment")
def test_a_file_that_is_no_text_is_an_invalid_setting(tmp_path):
    file = tmp_path / ".env"
    file.write_bytes(b"ADMIN_PASSWORD=\xff\xfe secret\n")
    with pytest.raises(InvalidSettingsError, match=r"\.env cannot be read: it is no UTF-8 text") as caught:
        load_settings(env_file=file)
    assert "secret" not in str(caught.value)


def test_a_given_mapping_is_all_that_is_read(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("PORT=9001\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "9002")
    assert load_settings({}).port == 8050


def test_a_universe_from_a_file(tmp_path):
    file = tmp_path / "universe.txt"
    file.write_text("aapl\nmsft, ibm\n\naapl\n")
    assert load_settings({"UNIVERSE": str(file)}).universe == ("AAPL", "MSFT", "IBM")
    assert load_settings({"UNIVERSE": f"@{file}"}).universe == ("AAPL", "MSFT", "IBM")
    file.write_bytes(b"\xff\xfe\x00")
    assert "comma list" in _problems(UNIVERSE=str(file))[0]
    assert "comma list" in _problems(UNIVERSE=f"@{tmp_path}")[0]


telling = st.text(alphabet=string.digits + ":/@#?[]~,.=%-\0 \n", max_size=40)
schemes = st.sampled_from(["postgresql://", "redis://", "~", "@", ""])
values = st.one_of(st.text(max_size=60), st.tuples(schemes, telling).map("".join))


@examples(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # its tables of characters
@given(st.dictionaries(st.sampled_from(NAMES), values, max_size=len(NAMES)))
def test_no_string_raises_anything_but_invalid_settings(environ):
    try:
        settings = load_settings(environ)
    except InvalidSettingsError as error:
        problems = error.problems
    else:
        problems = ()
        assert 1 <= settings.port <= 65535
    assert all(problem.startswith(NAMES) for problem in problems)
