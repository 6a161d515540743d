# `make demo` and `make test` do everything on a machine that has Python and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt --editable
PIECES := synthgen cli tests examples benchmarks

# Two cores are shared by two test processes; more threads would only wait for one another.
test slow: export OMP_NUM_THREADS = 1

.PHONY: demo test slow lint format bench clean

demo: $(VENV)/installed   ## fit and sample the shipped example
	$(BIN)/synthgen demo

test: lint                ## everything CI runs
	$(BIN)/python -m pytest -q -n 2

slow: $(VENV)/developing  ## the statistical tests that take minutes, too
	$(BIN)/python -m pytest -q -n 2 -m "slow or not slow"

lint: $(VENV)/developing  ## formatter check, linter, types, import order
	$(BIN)/ruff format --check $(PIECES)
	$(BIN)/ruff check $(PIECES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/developing
	$(BIN)/ruff format $(PIECES)
	$(BIN)/ruff check --fix $(PIECES)

bench: $(VENV)/benching   ## quality beside the peers, and speed; needs the tables in ../shared
	$(BIN)/python benchmarks/quality.py
	$(BIN)/python benchmarks/speed.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The stamps are what keeps a second run from installing again.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) .
	touch $@

$(VENV)/developing: $(VENV)/installed
	$(PIP) '.[dev]'
	touch $@

$(VENV)/benching: $(VENV)/installed
	$(PIP) '.[bench]'
	touch $@
