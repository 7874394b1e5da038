"""What a request gets when it fails: JSON for machines, a short page for people, never a traceback."""

import logging
import secrets
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from models.domain.errors import DatabaseUnavailableError, UserError
from services.commands.access import NotAllowedError

_log = logging.getLogger(__name__)
_MACHINE_PREFIXES = ("/_dash", "/_reload", "/_favicon", "/api/", "/metrics", "/health", "/assets/")
_CALLBACKS = "/_dash-update-component"
_NO_DATABASE = "The database is out of reach. What was computed is kept; try again in a moment."
_SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that method.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is larger than is taken here.",
}


def is_machine_address() -> bool:
    """Whether programs, not people, ask at this address."""
    return request.path.startswith(_MACHINE_PREFIXES)


def is_page_request() -> bool:
    """Whether a person looks at the answer: a GET of a page by something that takes HTML."""
    if request.method not in {"GET", "HEAD"} or is_machine_address():
        return False
    return not request.accept_mimetypes or request.accept_mimetypes.accept_html


def error_answer(status: int, sentence: str) -> Response:
    """Return the answer to a request that failed, in the form that whoever asked can use."""
    # A browser names text/html when it sends a form; a script that fetches does not.
    is_form = not is_machine_address() and "text/html" in request.headers.get("Accept", "")
    if is_page_request() or is_form:
        return Response(
            render_template(
                "error.html",
                title=HTTPStatus(status).phrase.capitalize(),
                sentence=sentence,
                request_id=request_id(),
            ),
            status=status,
        )
    return json_error(status, sentence)


def json_error(status: int, sentence: str) -> Response:
    """Return an error as JSON."""
    answer = jsonify(error=sentence, status=status, request_id=request_id())
    answer.status_code = status
    return answer


def request_id() -> str:
    """Return this request's name in the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def register_errors(server: Flask) -> None:
    """Answer every failure of this server in the application's own words."""
    server.register_error_handler(HTTPException, _http)
    server.register_error_handler(NotAllowedError, _not_allowed)
    server.register_error_handler(UserError, _user)
    for lost in (DatabaseUnavailableError, OperationalError, InterfaceError, PoolTimeoutError):
        server.register_error_handler(lost, _no_database)
    server.register_error_handler(Exception, _unexpected)
    server.after_request(_name_request)


def _name_request(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    return response


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    answer = error_answer(status, _SENTENCES.get(HTTPStatus(status)) or error.description or error.name)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _not_allowed(error: NotAllowedError) -> ResponseReturnValue:
    return error_answer(403, str(error))


def _user(error: UserError) -> ResponseReturnValue:
    return error_answer(400, str(error))


def _no_database(error: Exception) -> ResponseReturnValue:
    _log.warning("request %s: no database: %s", request_id(), error)
    answer = error_answer(503, _NO_DATABASE)
    answer.headers["Retry-After"] = "2"
    return answer


def _unexpected(error: Exception) -> ResponseReturnValue:
    # A callback's own failures are reported by the dashboard; what fails before one is found is a body that
    # no page of ours sends.
    if request.path == _CALLBACKS and isinstance(error, (LookupError, TypeError, ValueError, AttributeError)):
        _log.info("request %s: no callback request: %r", request_id(), error)
        return error_answer(400, "This is no callback request of these pages. Load the page anew.")
    rule = request.url_rule.rule if request.url_rule else "an unknown address"
    _log.error("request %s: %s %s failed", request_id(), request.method, rule, exc_info=error)
    return error_answer(
        500, f"Something failed here that should not. The log has the details under {request_id()}."
    )
