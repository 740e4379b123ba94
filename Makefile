# Needs Python 3.11 or newer, pip and make; each target does its own set-up in .venv/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
GROUPS := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help serve test test-slow check check-full fuzz mutants sdk-suite lint lint-contract bench wheel clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

serve: $(GROUPS) ## serve the fake on http://127.0.0.1:4010
	$(BIN)/pplx-mock serve

test: $(GROUPS) ## run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile

test-slow: $(GROUPS) ## run the tests that take minutes
	$(BIN)/python -m pytest -m slow

check: $(GROUPS) ## hold the fake against the contract, quickly
	$(BIN)/pplx-mock check

check-full: $(GROUPS) ## hold the fake against the contract, in full, over five seeds
	for seed in 0 1 2 3 4; do $(BIN)/pplx-mock check --profile full --seed $$seed || exit; done

fuzz: $(GROUPS) ## run Schemathesis against the fake: all checks and phases, 200 examples an operation, two seeds
	$(BIN)/python -m contract_tests.fuzz --examples 200 --seeds 1,2

sdk-suite: $(GROUPS) ## run the tests that the vendor's Python SDK ships and skips (needs PyPI)
	$(BIN)/python -m contract_tests.sdk_suite

mutants: $(GROUPS) ## count how many wrong servers the checks catch, and which harmless ones they blame
	$(BIN)/python -m tests.mutants --seeds 0,1,2

lint: $(GROUPS) ## check style, types and the graph of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

lint-contract: $(GROUPS) ## hold the contract against linters of OpenAPI 3.2 and 3.1 (needs node and npm)
	.ci/lint-contract $(BIN)/python

bench: $(GROUPS) ## measure the fake beside bare servers (two cores, Linux)
	$(BIN)/python benchmarks/chat.py
	$(BIN)/python benchmarks/streams.py
	$(BIN)/python benchmarks/stubs.py
	$(BIN)/python benchmarks/gates.py
	$(BIN)/python benchmarks/plugin.py

wheel: $(GROUPS) ## build the wheel and the source distribution into dist/
	rm -rf dist
	$(BIN)/python -m build --outdir dist .

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist

$(GROUPS): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pplx-mock needs Python 3.11 or newer; try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@
