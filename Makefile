# Everything a developer or CI does is a target here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := tests/node/node_modules/.installed

.PHONY: help setup node demo test picture tutorial drill-picture docs lint types check bench bench-engine lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(BIN)/gatekeeper: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("gatekeeper needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; name another with PYTHON=python3.x") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

setup: $(BIN)/gatekeeper  ## make the virtual environment with everything in it

$(NODE): tests/node/package.json tests/node/package-lock.json
	@cd tests/node && if command -v npm >/dev/null; then \
		npm ci --ignore-scripts --no-audit --no-fund --silent && touch node_modules/.installed; \
	else false; fi || if [ -n "$$GATEKEEPER_REQUIRE_NODE" ]; then \
		echo "npm is required, and is not there or cannot install" >&2; exit 1; \
	else echo "npm is not there, or cannot install: the tests that need it are skipped"; fi

node: $(NODE)  ## what the tests borrow from npm, where npm is there

demo: setup  ## gate one change that must block and one that must pass; packs in demo/
	$(BIN)/python examples/demo.py

test: setup node  ## run every test this machine can run; says what was skipped
	$(BIN)/python -m pytest -n 2 --dist loadgroup -q

picture: setup node  ## the pictures of a comment and a report, out of `make demo`'s pack (needs Chromium)
	$(BIN)/python -m docs.picture

tutorial: setup  ## type docs/tutorial.md anew, and write what was seen into it
	$(BIN)/python docs/tutorial.py

drill-picture: setup  ## the picture of a drill in docs/drill.md, out of a real one in Docker
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	$(BIN)/python docs/drill_picture.py

docs: setup  ## write the reference pages that are tables of the code
	$(BIN)/python docs/generate.py

lint: setup  ## formatting rules and likely faults
	$(BIN)/ruff check .

types: setup  ## static types
	$(BIN)/mypy

check: lint types test  ## everything: lint, types, layers, tests

bench: setup  ## gatekeeper beside others in one run; installs them, writes docs/performance.md
	$(BIN)/python -m benchmarks.against --write

bench-engine: setup  ## the client and the evidence format beside others, in one run
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m benchmarks.engine

lock: setup  ## lock the container image's dependencies with hashes
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url \
		--no-emit-find-links --no-annotate --no-header -o requirements.lock pyproject.toml
	sed -i '1i # Locked with hashes for the container image; made by `make lock` from pyproject.toml.' requirements.lock

clean:  ## remove everything that was made here
	rm -rf $(VENV) tests/node/node_modules demo evidence build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
