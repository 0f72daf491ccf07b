# Everything here does its own set-up first: see scripts/setup.sh. A second start does not install again.
.DEFAULT_GOAL := help
.PHONY: help setup run worker test check lint format types messages bench lock clean
PORT ?= 8000
ARGS ?=
BIN := .venv/bin
SETUP := @sh scripts/setup.sh

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv with the product and its tools (PYTHON=… names the interpreter)
	$(SETUP) dev

run: ## Start Duologue with a demo world: make run PORT=8000
	$(SETUP) run
	@exec $(BIN)/duologue up --demo --port $(PORT)

worker: ## Start one more worker beside a running Duologue
	$(SETUP) run
	@exec $(BIN)/duologue worker

test: ## Run all tests on SQLite, and on PostgreSQL where one answers: make test ARGS="-k slots"
	$(SETUP) test
	@$(BIN)/python scripts/run_tests.py $(ARGS)

check: lint types build/coverage.json ## Lint, types, who imports whom, sizes, locks, translations, coverage floors
	@$(BIN)/python scripts/check_size.py
	@$(BIN)/python scripts/lock.py --check
	@$(BIN)/python scripts/check_messages.py --strict
	@$(BIN)/python scripts/speak_vocabularies.py --strict
	@$(BIN)/python scripts/check_coverage.py

lint: ## Lint, and check form and imports
	$(SETUP) dev
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/lint-imports --no-cache --no-logo

format: ## Mend what the linter can mend
	$(SETUP) dev
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

types: ## Check types
	$(SETUP) dev
	@DUOLOGUE_DATA_DIR=build/types $(BIN)/mypy

messages: ## Bring the translation catalogues up to date (a new one: ARGS=de; needs gettext)
	$(SETUP) dev
	@$(BIN)/python scripts/check_messages.py --write $(ARGS)
	@$(BIN)/python scripts/speak_vocabularies.py --write

bench: ## Measure speed and size against their goals, as ratios where that is possible
	$(SETUP) dev
	@$(BIN)/python -m bench $(ARGS)

lock: ## Lock the packages that pyproject.toml asks for (ARGS=--upgrade: their newest versions)
	$(SETUP) dev
	@$(BIN)/python scripts/lock.py $(ARGS)

clean: ## Remove what can be made again (your data in var/ stays)
	rm -rf .venv .venv.lock build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

# Tests leave this behind; it is made again when something changed since.
build/coverage.json: $(shell find src tests -name '*.py') pyproject.toml
	$(SETUP) dev
	@$(BIN)/python scripts/run_tests.py --coverage
