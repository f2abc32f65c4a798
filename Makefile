# Every target sets itself up: the environment is made once in .venv, from hash-checked locks.
#   make test ARGS="-k sweep"     passes ARGS on
#   make test PYTHON=python3.12   picks the interpreter (only when .venv is made)

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
ARGS ?=
PYTHON ?=

UV_VERSION := 0.13.8
COMPILE = .venv-lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11
LOCK_OPTIONS ?=

.PHONY: help demo test check bench endurance docs lock wheel clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
	  | while IFS='|' read -r target what; do printf '  make %-10s %s\n' "$$target" "$$what"; done

demo: $(VENV)/.runtime ## fresh database, a year of sweeps over the samples, then the web pages
	@$(BIN)/fulfilment-monitor demo $(ARGS)

test: $(VENV)/.dev ## the test suite, without the endurance tests
	@.ci/browser
	$(BIN)/python -m pytest -n auto $(ARGS)

check: $(VENV)/.dev ## style, formatting, types, import floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/.dev ## benchmarks
	$(BIN)/python -m bench $(ARGS)

# Without ARGS the whole of it is run, and docs/endurance.md says what it did.
endurance: $(VENV)/.dev ## the long tests; some need the network
	@status=0; $(BIN)/python -m pytest -n auto -m endurance --junitxml=var/endurance.xml $(ARGS) || status=$$?; \
	$(if $(ARGS),,$(BIN)/python -m tests.endurance.report var/endurance.xml docs/endurance.md;) exit $$status

docs: $(VENV)/.dev ## rewrite what is generated: requirements, the chart of cases, the API's document
	$(BIN)/python -m tests.guards.requirements_table
	$(BIN)/fulfilment-monitor statechart > docs/case-states.md
	$(BIN)/fulfilment-monitor openapi > docs/openapi.json

wheel: $(VENV)/.dev ## dist/*.whl
	$(BIN)/python -m build --wheel --no-isolation

lock: .venv-lock/bin/uv ## recompute requirements/*.lock; LOCK_OPTIONS=--upgrade takes newer versions
	@set -e; export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	compile() { out=requirements/$$1.lock; shift; echo "$$out"; $(COMPILE) $(LOCK_OPTIONS) "$$@" -o "$$out"; }; \
	compile dev pyproject.toml --all-extras --group dev; \
	compile postgres pyproject.toml --extra postgres -c requirements/dev.lock; \
	compile ocds pyproject.toml --extra ocds -c requirements/dev.lock; \
	compile letters pyproject.toml --extra letters -c requirements/dev.lock; \
	compile sso pyproject.toml --extra sso -c requirements/dev.lock; \
	compile runtime pyproject.toml -c requirements/dev.lock; \
	compile build --group build -c requirements/dev.lock

clean: ## remove the environment, builds and caches (never var/)
	rm -rf $(VENV) .venv-lock build dist htmlcov .coverage
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment -------------------------------------------------------------------------

# Enough to run the program and no more.
$(VENV)/.runtime: requirements/runtime.lock requirements/build.lock pyproject.toml | $(VENV)/.made
	@echo "Installing requirements/runtime.lock into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/runtime.lock -r requirements/build.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# dev.lock holds all of runtime.lock and build.lock in the same versions.
$(VENV)/.dev: requirements/dev.lock pyproject.toml | $(VENV)/.made
	@echo "Installing requirements/dev.lock into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(VENV)/.runtime $@

# A name on PATH is not yet an interpreter: version managers leave stubs that only print help.
FIND_PYTHON = found=; bare=; \
	for name in $(or $(PYTHON),python3.13 python3.12 python3.11 python3.14 python3); do \
	  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  if "$$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then found="$$name"; break; fi; \
	  bare="$${bare:-$$name}"; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
	  echo "$$bare cannot make environments: its venv module is missing." >&2; \
	  echo "On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	fi; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer found. Install one, or name it: make ... PYTHON=/path/to/python3" >&2; exit 1; \
	fi

$(VENV)/.made:
	@$(FIND_PYTHON); \
	echo "Making $(VENV) with $$("$$found" --version) ..."; \
	"$$found" -m venv --clear $(VENV) && touch $@

.venv-lock/bin/uv:
	@$(FIND_PYTHON); \
	"$$found" -m venv --clear .venv-lock && .venv-lock/bin/python -m pip --disable-pip-version-check --quiet --quiet install uv==$(UV_VERSION)
