"""The sign-in page, which works without JavaScript, and signing out."""

import logging
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.auth.local_path import local_path
from app.auth.sessions import Sessions
from app.errors import error_answer
from models.domain.errors import DatabaseUnavailableError
from models.domain.settings import Settings
from services.commands.accounts import SignInFailedError, TooManyAttemptsError

_log = logging.getLogger(__name__)
_ASSETS = Path(__file__).resolve().parents[2] / "assets"
_MAX_FORM_BYTES = 16 * 1024
_NO_DATABASE = "The database is out of reach, so nobody can sign in now. Try again in a moment."


def sign_in_routes(sessions: Sessions, settings: Settings) -> Blueprint:
    """Return /login and /logout."""
    views = _Views(sessions, settings)
    routes = Blueprint("auth", __name__)
    routes.get("/login")(views.show_login)
    routes.post("/login")(views.sign_in)
    routes.post("/logout")(views.sign_out)
    # Without this the pages' catch-all would answer; a link must not sign anybody out.
    routes.get("/logout")(views.explain_sign_out)
    return routes


@dataclass(frozen=True)
class _Views:
    sessions: Sessions
    settings: Settings

    def show_login(self) -> BaseResponse:
        target = local_path(request.args.get("next"))
        try:
            if self.sessions.user() is not None:
                return redirect(target, 303)
        except DatabaseUnavailableError:
            return self._page(target, problem=_NO_DATABASE, status=503)
        return self._page(target)

    def sign_in(self) -> BaseResponse:
        request.max_content_length = _MAX_FORM_BYTES
        target = local_path(request.form.get("next"))
        username, password = request.form.get("username", ""), request.form.get("password", "")
        try:
            user = self.sessions.accounts.sign_in(username, password, _address())
        except SignInFailedError as error:
            return self._page(target, username, str(error), 401)
        except TooManyAttemptsError as error:
            answer = self._page(target, username, str(error), 429)
            answer.headers["Retry-After"] = str(error.wait_s)
            return answer
        except DatabaseUnavailableError as error:
            _log.warning("nobody can sign in: %s", error)
            return self._page(target, username, _NO_DATABASE, 503)
        self.sessions.begin(user)
        return redirect(target, 303)

    def sign_out(self) -> BaseResponse:
        try:
            self.sessions.end(_address())
        except DatabaseUnavailableError as error:
            _log.warning("a sign-out was not recorded: %s", error)
        return redirect("/login", 303)

    def explain_sign_out(self) -> BaseResponse:
        answer = error_answer(405, "Signing out takes a POST: use the button in the menu.")
        answer.headers["Allow"] = "POST"
        return answer

    def _page(self, target: str, username: str = "", problem: str = "", status: int = 200) -> Response:
        page = render_template(
            "login.html",
            target=target,
            username=username[:64].replace("\x00", ""),
            problem=problem,
            guests=self.settings.open_to_guests,
            asset=_asset_url,
        )
        return make_response(page, status)


def _asset_url(name: str) -> str:
    # With the file's time, as Dash adds it too: cached for a year, and fetched anew after a change.
    try:
        return f"/assets/{name}?m={(_ASSETS / name).stat().st_mtime}"
    except FileNotFoundError:
        return f"/assets/{name}"


def _address() -> str:
    return request.remote_addr or "unknown"
