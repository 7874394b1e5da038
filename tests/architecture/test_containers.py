"""The image and the composition, as far as they can be judged without an engine that runs them."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import VERSION
from app.settings import load_settings
from models.domain.settings import Settings
from tests.integration.servers.compose_file import read_compose

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = read_compose(COMPOSE_TEXT)
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker")
SETTINGS = {name.upper() for name in Settings.__dataclass_fields__}
REQUIRED = {
    "POSTGRES_PASSWORD": "p" * 24,
    "REDIS_PASSWORD": "r" * 24,
    "SECRET_KEY": "s" * 40,
    "ADMIN_PASSWORD": "a" * 20,
}


def instructions():
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", DOCKERFILE))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def arguments_of(name):
    return [rest for instruction, rest in instructions() if instruction == name]


def copied():
    """What comes out of the checkout: (source, destination)."""
    pairs = []
    for rest in arguments_of("COPY"):
        if not rest.startswith("--from"):
            *sources, destination = rest.split()
            pairs += [(source, destination) for source in sources]
    return pairs


def final_stage():
    lines = instructions()
    start = max(place for place, (name, _) in enumerate(lines) if name == "FROM")
    return lines[start:]


def substituted(text, values):
    """As compose puts variables into a value."""

    def put(found):
        name, sign, otherwise = found["name"], found["sign"], found["rest"]
        if values.get(name):
            return values[name]
        assert sign == ":-", f"{name} is needed: {otherwise}"
        return otherwise

    pattern = r"\$\{(?P<name>\w+)(?:(?P<sign>:[?-])(?P<rest>[^}]*))?\}"
    return re.sub(pattern, put, text).replace("$$", "$")


def test_all_that_is_copied_exists_and_no_more_is_let_in():
    allowed = {
        line[1:].rstrip("/")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    sources = {source.rstrip("/") for source, _ in copied()}
    assert sources == allowed
    assert [source for source in sources if not (ROOT / source).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert next(line for line in ignored if not line.startswith("#")) == "*"
    assert "**/.env*" in ignored


def test_every_package_that_the_application_imports_is_in_the_image():
    packages = {source.rstrip("/") for source, _ in copied() if source.endswith("/")}
    ours = {path.parent.name for path in ROOT.glob("*/*.py")} | {
        path.parent.name for path in ROOT.glob("*/__init__.py")
    }
    imported = set()
    for package in packages:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    imported.add(node.module.split(".")[0])
    assert imported & ours <= packages
    assert packages == {"app", "components", "callbacks", "services", "models", "assets", "migrations"}


@pytest.fixture
def image(tmp_path):
    """The files of the image, laid out as in it."""
    for source, destination in copied():
        target = tmp_path / "image" / destination
        if source.endswith("/"):
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target = target / source if destination in {".", "./"} else target
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, target)
    return tmp_path / "image"


def run_in(image, *command, **environment):
    return subprocess.run(
        [sys.executable, *command],
        cwd=image,
        env={"PATH": os.environ["PATH"], "HOME": str(image.parent), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_the_image_s_files_are_enough(image, database_url):
    settings = {
        "APP_ENV": "prod", "SECRET_KEY": "s" * 40, "ADMIN_PASSWORD": "a" * 20, "DATABASE_URL": database_url,
        "DATA_DIR": str(image.parent / "data"),
    }  # fmt: skip
    helped = run_in(image, "-m", "app", "--help")
    assert helped.returncode == 0, helped.stderr
    migrated = run_in(image, "-m", "app", "migrate", "--json", **settings)
    assert migrated.returncode == 0, migrated.stderr
    assert json.loads(migrated.stdout)["schema"]
    scored = run_in(image, "-m", "app", "ingest", "--json", **settings, DATA_PROVIDER="sample")
    assert scored.returncode == 0, scored.stderr
    build = (
        "import app, app.web, app.worker, app.dashboard as d; assert d.ASSETS.is_dir(); print(app.__file__)"
    )
    imported = run_in(image, "-c", build)
    assert imported.returncode == 0, imported.stderr
    assert imported.stdout.startswith(str(image))
    health = run_in(image, "-m", "deploy.worker_health", **settings)
    assert (health.returncode, health.stderr) == (1, "no worker has led yet\n")


def test_images_are_pinned():
    bases = [rest.split()[0] for rest in arguments_of("FROM")]
    used = [service["image"] for service in SERVICES.values() if "build" not in service]
    for name in [*bases, *used]:
        assert re.search(r":\d+(\.\d+)*-[a-z-]+$", name), name
    assert all(base.startswith("python:3.11-slim") for base in bases)
    assert [int(re.search(r":(\d+)", SERVICES[name]["image"])[1]) for name in ("postgres", "redis")] == [
        18,
        7,
    ]
    assert substituted(SERVICES["web"]["image"], {}) == f"glassbox:{VERSION}"


def test_the_image_installs_what_is_pinned_before_it_copies_what_changes():
    lines = [" ".join(rest.split()) for _, rest in instructions()]
    [install] = [place for place, rest in enumerate(lines) if "pip --python" in rest]
    assert "--constraint constraints.txt --requirement requirements.txt" in lines[install]
    assert lines.index("requirements.txt constraints.txt ./") < install
    assert all(install < lines.index(f"{source} {source}") for source, _ in copied() if source.endswith("/"))


def test_the_final_image_has_no_root_no_tools_and_no_secrets():
    stage = final_stage()
    assert [rest for name, rest in stage if name == "USER"] == ["10001:10001"]
    assert stage.index(("USER", "10001:10001")) > max(
        place for place, (name, _) in enumerate(stage) if name in {"RUN", "COPY"}
    )
    runs = " ".join(rest for name, rest in stage if name == "RUN")
    assert not re.search(r"apt|gcc|build-essential|pip|curl|wget", runs)
    assert all(rest.startswith("--from=build") for name, rest in stage if name == "COPY")
    environment = " ".join(rest for name, rest in stage if name == "ENV")
    assert not re.search(r"SECRET|PASSWORD|TOKEN|_URL", environment)
    assert not re.search(r"https?://(?!127\.0\.0\.1)", DOCKERFILE + COMPOSE_TEXT)
    [check] = arguments_of("HEALTHCHECK")
    assert "/health" in check
    assert '"python"' in check
    assert ("ENTRYPOINT", '["python", "-m", "app"]') in stage
    assert ("CMD", '["web"]') in stage


def test_each_of_our_services_gets_settings_that_hold():
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert set(environment) <= SETTINGS
        values = {key: substituted(str(value), REQUIRED) for key, value in environment.items()}
        settings = load_settings(values)
        assert settings.app_env == "prod"
        assert settings.database_url == f"postgresql://glassbox:{'p' * 24}@postgres:5432/glassbox"
        assert settings.redis_url == f"redis://:{'r' * 24}@redis:6379/0"


@pytest.mark.parametrize("name", REQUIRED)
def test_there_are_no_default_passwords(name):
    assert re.findall(rf"\$\{{{name}(?!:\?[^}}]+\}})", COMPOSE_TEXT) == []
    assert f"${{{name}:?" in COMPOSE_TEXT
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|AUTH|_URL", key):
                assert re.search(r"\$\{\w+:(\?|-\})", str(value)), f"{key} has a value in the file"


def test_who_waits_for_whom():
    for name in OURS:
        for other, how in SERVICES[name]["depends_on"].items():
            expected = "service_completed_successfully" if other == "migrate" else "service_healthy"
            assert how == {"condition": expected}
            assert other == "migrate" or "test" in SERVICES[other]["healthcheck"]
    assert set(SERVICES["web"]["depends_on"]) == {"postgres", "redis", "migrate"}
    assert set(SERVICES["worker"]["depends_on"]) == {"postgres", "migrate"}
    assert SERVICES["migrate"]["restart"] == "no"
    assert {SERVICES[name]["restart"] for name in SERVICES if name != "migrate"} == {"unless-stopped"}


def test_only_the_web_port_is_open_and_only_to_this_machine():
    assert {name for name in SERVICES if "ports" in SERVICES[name]} == {"web"}
    assert SERVICES["web"]["ports"] == ["127.0.0.1:${PORT:-8050}:8050"]
    assert COMPOSE["networks"]["servers"] == {"internal": True}
    for name in ("postgres", "redis", "migrate"):
        assert SERVICES[name]["networks"] == ["servers"]


def test_every_service_is_held_in_bounds():
    for service in SERVICES.values():
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    for name in (*OURS, "redis"):
        assert SERVICES[name]["read_only"] is True
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", SERVICES[name]["user"])
    for name in OURS:
        assert "data:/data" in SERVICES[name]["volumes"]
        assert SERVICES[name]["tmpfs"][0].startswith("/tmp:")


def test_redis_is_a_cache_and_nothing_more():
    command = SERVICES["redis"]["command"][-1]
    options = ("--appendonly no", "--save ''", "--maxmemory 256mb", "--maxmemory-policy allkeys-lru")
    assert [option for option in options if option not in command] == []
    assert "--requirepass" not in command  # arguments are everybody's to read
