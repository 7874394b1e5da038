"""What becomes of a callback that fails, or that somebody may not ask for."""

import flask
import pytest
from dash import Dash, Input, Output, html

from app.dashboard import _report
from app.errors import register_errors
from components.ids import Shell
from models.domain.users import Role
from services.commands.access import require_role


def break_down():
    raise ZeroDivisionError


@pytest.fixture
def client():
    server = flask.Flask(__name__, static_folder=None)
    register_errors(server)
    app = Dash(__name__, server=server, on_error=_report, suppress_callback_exceptions=True)
    app.layout = html.Div()
    for name, act in (("guarded", lambda: require_role(Role.ADMIN)), ("broken", break_down)):
        app.callback(Output(f"{name}-said", "children"), Input(name, "n_clicks"))(lambda _, act=act: act())
    return server.test_client()


def ask(client, name):
    body = {
        "output": f"{name}-said.children",
        "outputs": {"id": f"{name}-said", "property": "children"},
        "inputs": [{"id": name, "property": "n_clicks", "value": 1}],
        "changedPropIds": [f"{name}.n_clicks"],
    }
    return client.post("/_dash-update-component", json=body)


def test_what_one_may_not_do_is_refused_with_403_and_the_reason(client):
    answer = ask(client, "guarded")
    assert answer.status_code == 403
    assert "needs the role admin" in answer.get_json()["error"]


def test_any_other_failure_leaves_the_page_and_says_so(client):
    answer = ask(client, "broken")
    assert answer.status_code == 200
    assert Shell.FAULT in answer.get_json()["sideUpdate"]
