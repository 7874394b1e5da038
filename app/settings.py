"""The environment, read in this one place, into one frozen ``Settings``."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from models.domain.errors import InvalidSettingsError
from models.domain.settings import AppEnv, Settings

PROVIDERS = ("auto", "yfinance", "sample", "simulated", "files")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("console", "json")
_MIN_SECRET = 32
_MIN_PASSWORD = 12


def load_settings(environ: Mapping[str, str] | None = None, *, env_file: Path | None = None) -> Settings:
    """Read the settings from the environment and from ``.env``; the environment wins.

    Parameters
    ----------
    environ : mapping, optional
        Instead of the process's environment, and then without ``.env``.
    env_file : Path, optional
        Instead of ``.env`` in the working folder.

    Raises
    ------
    InvalidSettingsError
        With a line for every value that is wrong, each saying what would be right.
    """
    if environ is None:
        # The environment belongs to this module: everyone else takes Settings.
        environ = {**_written(env_file or Path(".env")), **os.environ}  # noqa: TID251
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, read in _READERS.items():
        if name not in given:
            continue
        try:
            values[name.lower()] = read(given[name])
        except ValueError as error:
            shown = "" if name in _SECRET else f"={given[name]}"
            problems.append(f"{name}{shown}: {error}")
    problems += _contradictions(given, values)
    if problems:
        raise InvalidSettingsError(problems)
    return Settings(**values)


def _written(env_file: Path) -> dict[str, str]:
    try:
        return {name: value for name, value in dotenv_values(env_file).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise InvalidSettingsError([f"{env_file} cannot be read: {reason}; mend or remove it"]) from error


def _contradictions(given: Mapping[str, str], values: Mapping[str, Any]) -> list[str]:
    problems = []
    if values.get("app_env") is AppEnv.PROD:
        purposes = {"SECRET_KEY": "signs the sessions", "ADMIN_PASSWORD": "is the first admin's"}
        problems += [
            f"{name} is not set: APP_ENV=prod needs one, since it {purpose}"
            for name, purpose in purposes.items()
            if name not in given
        ]
    if values.get("data_provider") == "files" and not values.get("data_path"):
        problems.append(
            "DATA_PATH is not set: DATA_PROVIDER=files needs files or folders, separated by commas"
        )
    return problems


def _one_of(*choices: str, fold: Callable[[str], str] = str.lower) -> Callable[[str], str]:
    def read(value: str) -> str:
        if fold(value) not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return fold(value)

    return read


def _port(value: str) -> int:
    # Five digits: a longer one may be more than int() reads.
    if not (value.isascii() and value.isdigit() and len(value) <= 5 and 1 <= int(value) <= 65535):
        raise ValueError("must be a whole number from 1 to 65535")
    return int(value)


def _host(value: str) -> str:
    is_address = value.count(":") > 1  # IPv6
    if any(character.isspace() or character in "/@#?[]" for character in value) or (
        ":" in value and not is_address
    ):
        raise ValueError("must be a host name or address without scheme and port, such as 127.0.0.1")
    return value


def _url(kind: str, schemes: tuple[str, ...], example: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        try:
            parts = urlsplit(value)
            complete = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            complete = False
        if not complete:
            raise ValueError(f"is no {kind} address; expected {example}")
        return value

    return read


def _long_enough(n_characters: int) -> Callable[[str], str]:
    def read(value: str) -> str:
        if len(value) < n_characters:
            raise ValueError(f"has {len(value)} characters; it needs {n_characters} or more")
        return value

    return read


def _path(value: str) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError("begins with ~ and a name that is no user here; expected a path") from error


def _paths(value: str) -> tuple[Path, ...]:
    # Whether they are there is asked when they are read: a file may come later, or from a mounted disk.
    paths = tuple(dict.fromkeys(_path(part.strip()) for part in value.split(",") if part.strip()))
    if not paths:
        raise ValueError("names no file or folder; expected one or more, separated by commas")
    if any("\0" in str(path) for path in paths):
        raise ValueError("holds a NUL character; expected one or more paths, separated by commas")
    return paths


def _benchmark(value: str) -> str:
    if any(character.isspace() or character == "," for character in value):
        raise ValueError("must be one symbol, such as SPY or ^GSPC")
    return value.upper()


def _universe(value: str) -> tuple[str, ...]:
    if value.startswith("@") or "/" in value or value.endswith((".txt", ".csv")):
        path = _path(value.removeprefix("@"))
        try:
            value = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:  # ValueError: no UTF-8, or no path at all
            raise ValueError(
                f"cannot be read as a file of symbols ({error}); or give a comma list"
            ) from error
    symbols = tuple(dict.fromkeys(part.upper() for part in value.replace(",", " ").split()))
    if not symbols:
        raise ValueError("names no symbol; expected a list such as AAPL,MSFT or a file of them")
    return symbols


_READERS: dict[str, Callable[[str], Any]] = {
    "APP_ENV": lambda value: AppEnv(_one_of(*(env.value for env in AppEnv))(value)),
    "HOST": _host,
    "PORT": _port,
    "DATABASE_URL": _url(
        "PostgreSQL",
        ("postgresql", "postgres", "postgresql+psycopg2"),
        "postgresql://user:password@host:5432/name",
    ),
    "REDIS_URL": _url("Redis", ("redis", "rediss"), "redis://host:6379/0"),
    "SECRET_KEY": _long_enough(_MIN_SECRET),
    "DATA_PROVIDER": _one_of(*PROVIDERS),
    "DATA_PATH": _paths,
    "BENCHMARK": _benchmark,
    "UNIVERSE": _universe,
    "DATA_DIR": _path,
    "LOG_LEVEL": _one_of(*LOG_LEVELS, fold=str.upper),
    "LOG_FORMAT": _one_of(*LOG_FORMATS),
    "ADMIN_PASSWORD": _long_enough(_MIN_PASSWORD),
    "METRICS_TOKEN": _long_enough(16),
}
_SECRET = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ADMIN_PASSWORD", "METRICS_TOKEN"}
