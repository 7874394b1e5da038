"""Deny by default: one check before every request, by the route that would answer it."""

import hmac
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.auth.local_path import local_path
from app.auth.sessions import Sessions
from app.errors import error_answer, is_page_request, json_error
from models.domain.settings import Settings
from models.domain.users import Role, User
from services.commands.access import Actor, act_as

_PUBLIC_RULES = frozenset({"/health", "/login"})
_PUBLIC_FILES = "/assets/<"
# What guests may read where settings open the server to them; anything else needs an account there too.
_GUEST_RULES = frozenset({"/", "/<path:path>", "/_favicon.ico"})
_GUEST_PREFIXES = ("/_dash", "/_reload", "/api/")
_BEARER_RULES = frozenset({"/metrics", "/health/detailed"})
_BEARER_PREFIX = "/api/"
_GUEST = Actor("guest", Role.VIEWER, guest=True)


@dataclass(frozen=True)
class Guard:
    """Says for whom a request acts, or refuses it."""

    settings: Settings
    sessions: Sessions

    def check(self) -> BaseResponse | None:
        """Return None to let the request pass, or the refusal."""
        # A thread serves one request after another: nothing of the one before may remain.
        act_as(None)
        rule = request.url_rule.rule if request.url_rule else ""
        if rule in _PUBLIC_RULES or rule.startswith(_PUBLIC_FILES):
            return None
        token = _bearer_token() if rule in _BEARER_RULES or rule.startswith(_BEARER_PREFIX) else None
        actor = self._token_actor(token) if token is not None else self._session_actor(rule)
        if actor is None:
            return _refusal()
        if _is_administration() and not actor.role.includes(Role.ADMIN):
            return error_answer(
                403, "Administration needs the role admin: sign in with an account that has it."
            )
        act_as(actor)
        return None

    def _session_actor(self, rule: str) -> Actor | None:
        user = self.sessions.user()
        if user is not None:
            return _actor(user)
        return _GUEST if self.settings.open_to_guests and _is_open_to_guests(rule) else None

    def _token_actor(self, token: str) -> Actor | None:
        expected = self.settings.metrics_token
        if expected and hmac.compare_digest(_bytes(token), _bytes(expected)):
            return Actor("metrics token", Role.VIEWER)
        # Found by its SHA-256, of which timing tells nothing that helps to guess the token.
        user = self.sessions.token_user(token)
        return None if user is None else _actor(user)


def protect_addresses(server: Flask, guard: Guard) -> None:
    """Let the guard check every request of this server."""

    def leave(_error: BaseException | None) -> None:
        act_as(None)

    server.before_request(guard.check)
    server.teardown_request(leave)


def _refusal() -> BaseResponse:
    if is_page_request():
        target = local_path(_asked_address())
        return redirect("/login" if target == "/" else f"/login?next={quote(target, safe='/')}")
    answer: Response = json_error(401, "Sign in first, or send a bearer token where the address takes one.")
    answer.headers["WWW-Authenticate"] = 'Bearer realm="glassbox"'
    return answer


def _asked_address() -> str:
    path = quote(request.path, safe="/:@!$&'()*+,;=")
    query = request.query_string.decode("ascii", "replace")
    return f"{path}?{query}" if query else path


def _is_open_to_guests(rule: str) -> bool:
    return (rule in _GUEST_RULES or rule.startswith(_GUEST_PREFIXES)) and not _is_administration()


def _is_administration() -> bool:
    return request.path.lower().startswith("/admin")


def _bearer_token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _actor(user: User) -> Actor:
    return Actor(user.username, user.role)


def _bytes(token: str) -> bytes:
    return token.encode("utf-8", "surrogatepass")
