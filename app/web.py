"""The web process: pages, machine addresses and the checks around them, as one Flask application."""

from flask import Flask

from app.api import api_routes
from app.auth import enable_sessions, protect_addresses, sign_in_routes
from app.auth.guard import Guard
from app.dashboard import PageServices, create_dashboard
from app.errors import register_errors
from app.health import health_routes
from app.metrics import measure
from app.security import allow_scripts, protect
from app.web_services import WebServices
from models.domain.settings import Settings
from services.commands.explanations import ExplanationCommands
from services.commands.jobs import JobCommands
from services.commands.models import ModelCommands
from services.commands.risk import RiskCommands
from services.queries.activity import RunningJobs


def create_app(settings: Settings, services: WebServices) -> Flask:
    """Return the application that a WSGI server serves.

    It connects to nothing: the threads that watch the database begin with the first request, in the process
    that serves it.
    """
    # No static folder: Dash serves assets/, and an address of Flask's own would stand beside it.
    server = Flask(__name__, static_folder=None)
    # Hooks before a request run in this order, those after it in the opposite one: what is refused is
    # counted too, and every answer gets its headers last.
    register_errors(server)
    metrics = measure(server, services)
    protect(server, settings)
    sessions = enable_sessions(server, settings, services)
    protect_addresses(server, Guard(settings, sessions))
    server.register_blueprint(sign_in_routes(sessions, settings))
    server.register_blueprint(health_routes(services))
    server.register_blueprint(metrics)
    server.register_blueprint(api_routes(services))
    # Last, for its catch-all, and because no Dash callback may run before the checks above.
    pages = PageServices(
        feed=services.feed,
        why=services.why,
        explanations=ExplanationCommands(services.engine, services.clock),
        what_if=services.what_if,
        attention=services.attention,
        correlation=services.correlation,
        var=services.var,
        risk=RiskCommands(services.engine, services.clock),
        quality=services.quality,
        quarantine=services.quarantine,
        models=services.models,
        model_desk=ModelCommands(services.engine, services.clock, settings.data_dir),
        running=RunningJobs(services.engine, services.clock),
        runs=JobCommands(services.engine, services.clock),
    )
    dashboard = create_dashboard(server, pages)
    allow_scripts(server, dashboard.csp_hashes())
    # Dash sets itself up within the first request, and a second one that comes meanwhile finds it unfinished.
    with server.test_request_context("/health"):
        server.preprocess_request()
    return server
