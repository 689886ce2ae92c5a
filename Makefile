# Two commands do everything on a fresh machine with Python >= 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format types imports unit soak bench quality lock clean

help:  ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Groundswell needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml | $(BIN)/python
	@echo "Installing Groundswell and what it needs into $(VENV) (once) ..."
	$(PIP) install --require-hashes -r requirements/runtime.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements/test.lock $(VENV)/.runtime
	@echo "Installing the test tools into $(VENV) (once) ..."
	$(PIP) install --require-hashes -r requirements/test.lock
	@touch $@

install: $(VENV)/.runtime  ## Install the command groundswell into .venv

demo: $(VENV)/.runtime  ## Play ten days of the bundled sample web through the real daemon
	$(BIN)/groundswell demo $(DEMO)

test: lint types imports unit  ## Everything that must hold: format, lint, types, imports, tests, coverage

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.test
	$(BIN)/mypy

imports: $(VENV)/.test
	$(BIN)/lint-imports

unit: $(VENV)/.test
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder --durations=12 --cov --cov-report=term:skip-covered

soak: $(VENV)/.test  ## What takes hours: hundreds of kills, and a simulated month of faults (SOURCES=500 DAYS=30 INTERVAL=45)
	SOAK_SOURCES=$(or $(SOURCES),500) SOAK_DAYS=$(or $(DAYS),30) SOAK_INTERVAL=$(or $(INTERVAL),45) \
		$(BIN)/pytest -m soak -s --timeout=172800 $(SOAK)

format: $(VENV)/.test  ## Put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.test  ## Measure: everything in a few minutes; ONLY=pipeline for a part, FULL=1 for a million items
	ONLY=$(ONLY) FULL=$(FULL) $(BIN)/python -m benchmarks

quality: $(VENV)/.test  ## How well words, languages and articles are recognised; DATA=folder for other treebanks or pages
	$(BIN)/python -m quality $(if $(DATA),--data $(DATA))

lock:  ## Renew the locks (needs uv on the PATH)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade pyproject.toml --group build -o requirements/runtime.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade pyproject.toml --group build --group test -o requirements/test.lock

clean:  ## Remove what make made
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
