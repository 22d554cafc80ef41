# Everything a newcomer needs: `make demo` to see it work, `make test` to prove it.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

help: ## show the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Siyu needs Python 3.11 or newer: install it, or say PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "cannot make a virtual environment: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode -e '.[demo,postgres]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode -e '.[demo,postgres,spark]' --group dev
	@touch $@

.PHONY: system
system: # what the tests need beside Python: a browser, PostgreSQL, Java, a Chinese font
	@sh tools/system.sh

demo: $(VENV)/.ready ## a year of a grocer's purchases through the whole loop, then the console
	@siyu demo

test: $(VENV)/.ready-dev system lint ## everything that must hold; T=tests/policy for a part
	@pytest -n auto --maxprocesses 4 --dist loadfile $(T)

lint: $(VENV)/.ready-dev ## style, types, direction of imports
	@ruff format --check . && ruff check . && mypy && lint-imports

check: lint test ## lint and test

fix: $(VENV)/.ready-dev ## format, and repair what can be repaired
	@ruff format --quiet . ; ruff check --fix --quiet . ; ruff format --quiet .

bench: $(VENV)/.ready-dev ## the figures, each as a ratio to a named peer; B=intake for one
	@sh bench/run.sh $(B)

soak: $(VENV)/.ready-dev system ## the slow proofs
	@pytest -m soak tests

docs: $(VENV)/.ready-dev system ## take the screenshots of the README in a real browser
	@python docs/screenshots.py

.PHONY: help demo test lint check fix bench soak docs
