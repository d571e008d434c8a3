# Each target does its own set-up: a virtual environment in .venv with pinned versions.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2
REAL_TIME := tests/live tests/kill
# One thread each: those of the linear algebra would only wait for one another.
IN_PARALLEL := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --quiet --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
# Every process of the tests would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo test quick check bench train clean

help:  ## list what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "PracticeEar needs Python 3.11 to 3.13: on Debian, apt install python3 python3-venv"; exit 5; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo "PracticeEar needs Python 3.11 to 3.13, not $$($(PYTHON) --version); choose one with: make PYTHON=python3.12"; exit 5; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing: on Debian, apt install python3-venv"; exit 5; }
	@echo "Setting up $(VENV), about two minutes the first time ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[aubio,dask,dev]'
	@touch $(READY)

run: $(READY)  ## play; where there is no microphone, the built-in demo take plays
	@$(BIN)/practiceear live

demo: $(READY)  ## review the built-in demo take
	@$(BIN)/practiceear review --demo

# What listens or is killed in real time comes last and alone: it cannot stand a neighbour.
test: $(READY)  ## all tests, compiled
	@$(IN_PARALLEL) $(REAL_TIME:%=--ignore=%)
	@$(BIN)/python -m pytest --quiet $(REAL_TIME)

quick: $(READY)  ## lint and the tests of what changed since the last commit, within 20 s
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m tests.support.touched

check: $(READY)  ## lint, types, layers, fixtures, kernel tests interpreted
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@NUMBA_DISABLE_JIT=1 $(IN_PARALLEL) -m kernel --cov
	@$(BIN)/practiceear check recordings/fixtures

bench: $(READY)  ## the detector beside its peers (DATA=folder PARTS=takes,scales SAMPLES=folder)
	@OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 $(BIN)/python -m benchmarks.onsets $(if $(DATA),--folders $(DATA)) $(if $(PARTS),--parts $(PARTS)) $(if $(SAMPLES),--samples $(SAMPLES)) $(BENCH)

train:  ## make the onset network again, about 90 minutes (SAMPLES=folder adds notes)
	@test -x .venv-train/bin/python || $(PYTHON) -m venv .venv-train
	@.venv-train/bin/python -m pip install --quiet --disable-pip-version-check --editable . --requirement training/requirements.txt
	@OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 .venv-train/bin/python -m training.pipeline training/made training/made/onset.npz $(if $(SAMPLES),--samples $(SAMPLES))

clean:  ## remove the virtual environment and all caches
	rm -rf $(VENV) .venv-train training/made .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
