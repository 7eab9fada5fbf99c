# make app    set up what is missing and open the explorer
# make explore    the same without torch, which only running and training models needs
# make test   set up what is missing and run the tests
# The other targets are listed by `make help`.

VENV ?= .venv
PYTEST_ARGS ?=
# one process for each core; a file's tests stay together, since they share expensive fixtures
PARALLEL ?= -n auto --dist loadfile
STREAMLIT_ARGS ?=
BENCH_ARGS ?=

# The first interpreter that is new enough; `make app PYTHON=/path/to/python` names another.
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
CANDIDATES := python3 python3.13 python3.12 python3.11 python3.14 python
PYTHON ?= $(shell for candidate in $(CANDIDATES); do \
	"$$candidate" -c "$(NEW_ENOUGH)" >/dev/null 2>&1 && echo "$$candidate" && break; done)

# Stamps: an environment is as old as the requirements that it was last made from.
EXPLORER := $(VENV)/.explorer-installed
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
IN_VENV := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help app explore test test-all lint format types bench venv clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

app: $(RUNTIME)  ## open the explorer in the browser
	$(IN_VENV) -m streamlit run app/main.py $(STREAMLIT_ARGS)

explore: $(EXPLORER)  ## open the explorer without torch, at half the size: no new forecasts, no training
	$(IN_VENV) -m streamlit run app/main.py $(STREAMLIT_ARGS)

test: $(DEVELOPMENT)  ## run the tests, except browser, load and slow tests
	$(IN_VENV) -m pytest $(PARALLEL) $(PYTEST_ARGS)

test-all: $(DEVELOPMENT)  ## run all tests, including those in a browser
	$(IN_VENV) -m pytest $(PARALLEL) -m "" $(PYTEST_ARGS)

lint: $(DEVELOPMENT)  ## run the linter and check the formatting
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m ruff format --check .

format: $(DEVELOPMENT)  ## fix what the linter can fix
	$(IN_VENV) -m ruff check --fix .
	$(IN_VENV) -m ruff format .

types: $(DEVELOPMENT)  ## run the type checker
	$(IN_VENV) -m mypy

bench: $(DEVELOPMENT)  ## run the benchmarks; tables on the screen, JSON in benchmarks/results/
	$(IN_VENV) -m benchmarks.training_step --json benchmarks/results/training_step.json $(BENCH_ARGS)
	$(IN_VENV) -m benchmarks.cost --json benchmarks/results/cost.json
	$(IN_VENV) -m benchmarks.scaling --nodes 207 325 883 --json benchmarks/results/scaling.json
	$(IN_VENV) -m benchmarks.analysis_matrices --json benchmarks/results/analysis_matrices.json
	$(IN_VENV) -m benchmarks.pages --json benchmarks/results/pages.json

venv: $(DEVELOPMENT)  ## create the environment only

$(IN_VENV):
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or later with its venv module was found;" \
		"install one (Debian, Ubuntu: apt install python3-venv) or give its path: make PYTHON=..." >&2; exit 1; }
	"$(PYTHON)" -m venv "$(VENV)"

$(EXPLORER): requirements-explorer.txt | $(IN_VENV)
	$(IN_VENV) -m pip install --disable-pip-version-check -r requirements-explorer.txt
	@touch $@

$(RUNTIME): requirements.txt requirements-explorer.txt | $(IN_VENV)
	$(IN_VENV) -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	$(IN_VENV) -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:  ## remove the environment and the caches
	rm -rf "$(VENV)" .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
