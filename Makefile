# `make run` serves on http://127.0.0.1:8050, `make test` runs the whole suite, `make check` what of it
# runs in about five minutes on two cores; all install first.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST_ARGS ?=

.PHONY: run setup setup-dev test check lint bench clean

run: setup
	@exec $(BIN)/python -m app serve

setup: $(VENV)/.installed

setup-dev: $(VENV)/.installed-dev

test: setup-dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(PYTEST_ARGS)

check: setup-dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not slow and not browser" $(PYTEST_ARGS)

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null || { \
	  echo "Glassbox needs Python 3.11: install it, or name it with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "Glassbox needs Python 3.11, and $(PYTHON) is $$($(PYTHON) --version)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt constraints.txt | $(BIN)/python
	$(PIP) install --constraint constraints.txt --requirement requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt constraints.txt | $(BIN)/python
	$(PIP) install --constraint constraints.txt --requirement requirements-dev.txt
	@touch $@ $(VENV)/.installed
