"""Help, and what is asked wrongly. In this process, where nothing else is looked at than what main prints."""

import pytest

from app.cli.main import cli
from tests.integration.processes.support import app_command, run_app, running

COMMANDS = (
    "serve",
    "web",
    "worker",
    "migrate",
    "ingest",
    "score",
    "train",
    "infer",
    "explain",
    "models",
    "simulate-risk",
    "audit",
    "evaluate",
    "export",
    "users",
    "jobs",
)
HELP = [
    (),
    *((name,) for name in COMMANDS),
    *(("users", name) for name in ("add", "list", "passwd", "token")),
]


def test_these_are_all_commands():
    assert tuple(cli.list_commands(None)) == COMMANDS


@pytest.mark.parametrize("command", HELP, ids=" ".join)
def test_help(call, command):
    status, output, errors = call(*command, "--help")
    assert (status, errors) == (0, "")
    assert output.startswith(f"Usage: {' '.join(('python -m app', *command))}")
    assert "hidden" not in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "frobnicate"),
        (["--frobnicate"], "--frobnicate"),
        (["ingest", "extra"], "extra"),
        (["score", "--as-of", "yesterday"], "yesterday"),
        (["score", "--as-of", "2012-13-40"], "2012-13-40"),
        (["export"], "KIND"),
        (["export", "everything"], "everything"),
        (["export", "bars", "--from", "1.2.2012"], "1.2.2012"),
        (["users"], "users"),
        (["users", "add"], "NAME"),
        (["users", "add", "eve", "--role", "king"], "king"),
        (["worker", "--parent-pid", "mother"], "mother"),
    ],
    ids=" ".join,
)
def test_bad_usage_is_one_line_and_status_2(call, arguments, said):
    status, output, errors = call(*arguments)
    assert (status, output) == (2, "")
    assert errors.count("\n") == 1, errors
    assert errors.startswith("error: ")
    assert said in errors
    assert "--help" in errors


@pytest.mark.slow
def test_the_same_through_the_real_entry(tmp_path):
    done = run_app("score", "--as-of", "never", DATA_DIR=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_help_to_a_reader_that_left_prints_no_traceback():
    with running(app_command("--help"), stdout=-1, stderr=-1, text=True) as process:
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(20)
    assert errors == ""
