# Everything a newcomer runs. No target here needs root, and only `lock` and a first `setup` need a package index.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-stamp
PYTEST_ARGS ?=
BENCH_ARGS ?=
DEMO_ARGS ?=
PROVE_ARGS ?=
UPGRADE ?=
FILES ?= .

# A run starts hundreds of commands: compiled once, each starts in two thirds of the time.
unexport PYTHONDONTWRITEBYTECODE
# Long tests stand together in a module: whoever has nothing left to do takes some of what another still has.
PYTEST := $(BIN)/pytest -n auto --dist worksteal

# Annotations stay in the lock because they say who asked for a package; addresses and paths stay out of it.
LOCK_FLAGS := --quiet --generate-hashes --no-emit-index-url --no-header --no-config \
	--python-version 3.11 --python-platform x86_64-unknown-linux-gnu $(if $(UPGRADE),--upgrade)

.PHONY: help setup test check lint format types contracts bench demo prove faults lock clean

help: ## Show this list.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(STAMP) ## Make the environment in .venv from the hash-locked versions.
	@echo "setup: $(VENV) is ready; run $(BIN)/phb --help"

# A shim can be on the path and still refuse to run, so each candidate is tried before it is chosen.
$(STAMP): requirements-dev.txt pyproject.toml
	@python=""; \
	for candidate in python3.11 python3 python; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			python="$$candidate"; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then echo "setup: Python 3.11 or newer is needed and was not found" >&2; exit 1; fi; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		echo "setup: making $(VENV) with $$($$python --version)"; \
		"$$python" -m venv --clear $(VENV); \
	fi
	@echo "setup: installing the locked packages (hashes are checked)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@echo "setup: installing phb itself, editable, without fetching anything"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

test: setup ## Run every test on a real PostgreSQL (PYTEST_ARGS="-k name" narrows it).
	$(PYTEST) $(PYTEST_ARGS)

check: lint types contracts ## Format, lint, types and import contracts, then every test.
	$(PYTEST) $(PYTEST_ARGS)

lint: setup ## Say what the formatter and the linter object to.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

# Several people may be writing in one tree, so a run can be kept to one's own files.
format: setup ## Format and repair what can be repaired (FILES="a.py b.py" narrows it).
	$(BIN)/ruff format $(FILES)
	$(BIN)/ruff check --fix $(FILES)

types: setup ## Check the types, strictly.
	$(BIN)/mypy

contracts: setup ## Check who may import whom.
	$(BIN)/lint-imports

bench: setup ## Measure, with ratios; the table belongs in docs/benchmarks.md.
	$(BIN)/python -m bench $(BENCH_ARGS)

demo: setup ## A made-up commissioner: a year of 240 people through the gate, checked and signed; then serve it.
	$(BIN)/phb demo $(DEMO_ARGS)

prove: setup ## Show the promises live: races, kills, edits, an old copy (about 70 s).
	$(BIN)/phb prove $(PROVE_ARGS)

# One worker: these tests kill servers of their own and measure what is left, so they share no processor.
faults: setup ## Kill the process and the database at 200 random points.
	PHB_FAULT_RUNS=$${PHB_FAULT_RUNS:-200} $(BIN)/pytest -m faults $(PYTEST_ARGS)

# The lock is written by uv when it is at hand, and otherwise by one that lives outside the environment it locks.
lock: ## Write the requirements files again (UPGRADE=1 takes newer versions).
	@if command -v uv >/dev/null 2>&1; then uv=uv; else \
		uv=.uv/bin/uv; \
		if [ ! -x "$$uv" ]; then \
			echo "lock: fetching uv into .uv"; \
			python3 -m venv .uv; \
			.uv/bin/python -m pip install --quiet --disable-pip-version-check uv; \
		fi; \
	fi; \
	$$uv pip compile $(LOCK_FLAGS) pyproject.toml -o requirements.txt; \
	$$uv pip compile $(LOCK_FLAGS) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt; \
	$$uv pip compile $(LOCK_FLAGS) --group build -c requirements-dev.txt -o docker/requirements-build.txt; \
	echo "lock: the three requirements files are written; now run make setup"

clean: ## Remove caches and build output; .venv and .phb stay.
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -path ./.venv -prune -o -path ./.phb -prune -o -path ./.uv -prune \
		-o -name __pycache__ -type d -exec rm -rf {} +
