# Every target does its own set-up: a virtual environment with all that it needs, made by Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

HOUSE := layers ontology axioms style house docs
HOUSE_TESTS := $(wildcard $(HOUSE:%=tests/test_%.py))

.PHONY: help trace build test check format schema docs kill-test compare-inferences mutation-test wheel clean

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, and this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev --editable .
	@touch $@

trace: $(READY) ## Build the graph from the shipped evidence and print relational factors by outcomes
	$(BIN)/kg build evidence --output build
	$(BIN)/kg trace --graph build

build: $(READY) ## Build the graph only
	$(BIN)/kg build evidence --output build

test: $(READY) ## Run the tests
	$(BIN)/python -m pytest

check: $(READY) ## Check style, types, layout, layers, the ontology's own style, and documents against the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.format --check
	$(BIN)/python -m pytest --quiet $(HOUSE_TESTS)

format: $(READY) ## Format Python, Turtle and SPARQL
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m tools.format

schema: $(READY) ## Write evidence/schema.json anew from the record model
	$(BIN)/python -m kg.records > evidence/schema.json

docs: $(READY) ## Write docs/reference/ anew from the code, the queries, the shapes and the ontology, run the notebooks, draw the pictures
	$(BIN)/python -m tools.reference
	$(BIN)/python -m tools.notebook
	$(BIN)/python -m tools.pictures

kill-test: $(READY) ## Kill a build at 200 random points and ask what is left, each time
	$(BIN)/python -m tests.kill_builds --times 200

compare-inferences: $(READY) ## Compare what HermiT and the compiled rules infer, on every module of the shipped evidence
	$(BIN)/python -m tests.inferences

mutation-test: $(READY) ## Break 60 places of ontology, shapes and queries at random, and ask each time whether a test fails
	$(BIN)/python -m tests.mutations --sample 60

wheel: $(READY) ## Build the wheel into dist/
	$(BIN)/python -m build --wheel

clean: ## Remove what was made, but for the virtual environment
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
