# Concord. `make` alone lists what there is to do.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup serve demo demo-reset test test-unit check lock screenshots e2e

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
NPX := $(PY) scripts/node.py npx
# `make demo DEMO_ONCE=1` shows everything once and ends.
export DEMO_ONCE PORT CONCORD_DATA_DIR

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## make .venv and build the assets; starts nothing
	@$(PYTHON) scripts/setup.py

serve: setup ## run everything on http://127.0.0.1:$(PORT, else 8000), without demo data
	@$(PY) manage.py up

demo: setup ## run everything with demo data and show the loop (DEMO_ONCE=1: once, then end)
	@$(PY) manage.py demo

demo-reset: ## delete the data of earlier runs (var/, or CONCORD_DATA_DIR)
	@$(PYTHON) scripts/reset.py

test: ## all tests: Python, front end, browser; installs what they need where it may
	@$(PYTHON) scripts/setup.py --dev --test-tools
	@$(PY) scripts/run_tests.py

test-unit: ## the tests that need no database, in seconds
	@$(PYTHON) scripts/setup.py --dev --no-assets
	@$(PY) -m pytest -q -m unit --hypothesis-profile=quick --ignore=tests/e2e --ignore=tests/faults --ignore=tests/concurrency

e2e: ## only the browser tests
	@$(PYTHON) scripts/setup.py --dev --test-tools
	@$(PY) scripts/run_tests.py e2e

check: ## lint, types, layers, templates, migrations, production settings, API document
	@$(PYTHON) scripts/setup.py --dev
	@$(PY) scripts/check.py

screenshots: ## take the pictures in docs/ anew
	@$(PYTHON) scripts/setup.py --dev --test-tools
	@$(PY) scripts/screenshots.py

lock: ## resolve the dependencies anew and write all lock files
	@$(PYTHON) scripts/setup.py --dev
	@$(PY) scripts/lock.py
