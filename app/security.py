"""What every answer forbids a browser, and which requests are refused before anything else is looked at."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, Response, request

from app.errors import json_error
from models.domain.settings import AppEnv, Settings

_MAX_BODY_BYTES = 2 * 1024 * 1024
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_YEAR_S = 31_536_000
_SUITES = "/_dash-component-suites/"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), usb=()"
    ),
}
_POLICY_KEY = "CONTENT_SECURITY_POLICY"


def protect(server: Flask, settings: Settings) -> None:
    """Check every request and set the headers of every answer; to be called before any other hook."""
    server.config["MAX_CONTENT_LENGTH"] = _MAX_BODY_BYTES
    allow_scripts(server, ())

    def check() -> Response | None:
        return _large_body() or _foreign_name(settings) or _foreign_site()

    def finish(response: Response) -> Response:
        _set_headers(response, server, settings)
        return response

    server.before_request(check)
    server.after_request(finish)


def allow_scripts(server: Flask, hashes: Iterable[str]) -> None:
    """Let pages run these inline scripts beside the files of this server.

    Parameters
    ----------
    server : flask.Flask
    hashes : iterable of str
        As ``Dash.csp_hashes`` gives them, once every callback is registered.
    """
    policy = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", *hashes]),
        # Plotly, AG Grid and React set style attributes.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "worker-src": "blob:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }
    server.config[_POLICY_KEY] = "; ".join(f"{name} {value}" for name, value in policy.items())


def _large_body() -> Response | None:
    # Told from the header, so that views which never read the body refuse it too.
    if (request.content_length or 0) <= _MAX_BODY_BYTES:
        return None
    return json_error(
        413, f"The request has {request.content_length} bytes; at most {_MAX_BODY_BYTES} are taken."
    )


def _foreign_name(settings: Settings) -> Response | None:
    # A page elsewhere may point its own name at 127.0.0.1 and then counts as same-origin. Where guests may
    # read, only the names of the loopback address are this server's.
    if not settings.open_to_guests or _hostname(request.host) in _LOOPBACK_NAMES:
        return None
    return json_error(
        421,
        f"This server answers to 127.0.0.1, localhost and [::1] only: open http://127.0.0.1:{settings.port}/",
    )


def _foreign_site() -> Response | None:
    if request.method in _SAFE_METHODS:
        return None
    fetch_site = request.headers.get("Sec-Fetch-Site", "same-origin")
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if fetch_site in {"same-origin", "none"} and (source is None or _is_this_host(source)):
        return None
    return json_error(403, "Requests that change something are taken from this server's own pages only.")


def _is_this_host(source: str) -> bool:
    # The scheme is not compared: a proxy in front may speak TLS while this server does not.
    try:
        origin = urlsplit(source)
    except ValueError:
        return False
    ports = {"http": ":80", "https": ":443"}
    if origin.scheme not in ports or not origin.netloc:
        return False
    default_port = ports[origin.scheme]
    return origin.netloc.lower().removesuffix(default_port) == request.host.lower().removesuffix(default_port)


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _set_headers(response: Response, server: Flask, settings: Settings) -> None:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers["Content-Security-Policy"] = server.config[_POLICY_KEY]
    if settings.app_env is AppEnv.PROD:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
    _set_caching(response)


def _set_caching(response: Response) -> None:
    rule = request.url_rule.rule if request.url_rule else ""
    served = response.status_code in {200, 206, 304}
    if rule.startswith("/assets/<") and served:
        # Dash and the sign-in page add the file's time to its address.
        caching = f"public, max-age={_YEAR_S}, immutable" if "m" in request.args else "public, max-age=3600"
    elif rule.startswith(_SUITES) and served:
        fingerprinted = response.cache_control.max_age is not None
        caching = f"private, max-age={_YEAR_S}, immutable" if fingerprinted else "private, no-cache"
    else:
        caching = response.headers.get("Cache-Control", "no-store")
    response.headers["Cache-Control"] = caching
