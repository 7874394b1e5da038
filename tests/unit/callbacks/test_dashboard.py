"""The pages on a server: what it serves, and that nothing comes from elsewhere."""

import json
import re

import flask
import pytest

from app.dashboard import PageServices, create_dashboard
from tests.fakes_correlation import FakeCorrelationQueries
from tests.fakes_explanations import (
    FakeAttentionQueries,
    FakeExplanationDesk,
    FakeWhatIfQueries,
    FakeWhyQueries,
)
from tests.fakes_feed import FakeFeedQueries
from tests.fakes_models import FakeModelDesk, FakeModelsQueries
from tests.fakes_quality import FakeQualityQueries, FakeQuarantineDesk
from tests.fakes_risk import FakeRiskDesk, FakeVarQueries
from tests.unit.callbacks.test_job_line import Runs


def pages() -> PageServices:
    runs = Runs()
    return PageServices(
        feed=FakeFeedQueries(),
        why=FakeWhyQueries(),
        explanations=FakeExplanationDesk(),
        what_if=FakeWhatIfQueries(),
        attention=FakeAttentionQueries(),
        correlation=FakeCorrelationQueries(),
        var=FakeVarQueries(),
        risk=FakeRiskDesk(),
        quality=FakeQualityQueries(),
        quarantine=FakeQuarantineDesk(),
        models=FakeModelsQueries(),
        model_desk=FakeModelDesk(),
        running=runs,
        runs=runs,
    )


@pytest.fixture(scope="module")
def client():
    server = flask.Flask(__name__, static_folder=None)
    create_dashboard(server, pages())
    return server.test_client()


def test_the_index_names_only_this_server(client):
    index = client.get("/signals?symbol=%3Cscript%3Ealert(1)%3C/script%3E").get_data(as_text=True)
    assert "alert(1)" not in index
    assert not re.findall(r'(?:src|href)="(?!/|\?)[^"]*"', index)
    assert index.index("boot.js") < index.index("01-bootstrap.min.css")
    assert "login.css" not in index
    assert 'lang="en"' in index


def test_every_file_that_the_index_names_is_there(client):
    index = client.get("/").get_data(as_text=True)
    for address in re.findall(r'(?:src|href)="(/[^"]+)"', index):
        assert client.get(address).status_code == 200, address


def test_the_layout_has_the_frame_of_a_guest(client):
    layout = json.dumps(client.get("/_dash-layout").get_json())
    assert "guest" in layout
    assert "/login" in layout


def test_no_callback_sends_an_inline_script():
    server = flask.Flask(__name__, static_folder=None)
    app = create_dashboard(server, pages())
    assert not app._inline_scripts


def test_fonts_of_the_style_sheets_are_there(client):
    sheet = client.get("/assets/20-base.css").get_data(as_text=True)
    for font in re.findall(r'url\("(fonts/[^"]+)"\)', sheet):
        assert client.get(f"/assets/{font}").status_code == 200
