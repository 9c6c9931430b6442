# `make` lists what can be made. The first target that needs it builds the environment, in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)
export TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR := 1
# The models are small: more threads wait for each other, and results depend on their number.
export OMP_NUM_THREADS := 1
ASSIGNMENT ?= *

.PHONY: help demo test test-all prove release outputs figures site cost bench bench-class attack-table clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

demo: $(READY)  ## from master notebook to grades, with a made-up class in build/demo
	@$(BIN)/python -m demo

# By file: the tests of a file share what its fixtures made.
test: $(READY)  ## all tests but the slow ones
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not slow"

test-all: $(READY)  ## all tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

prove: $(READY)  ## masters get all points, student versions none, every mistake is named (most of test-all)
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile tests/test_graders.py tests/test_course.py

release: $(READY)  ## generate release/ anew from source/ (ASSIGNMENT=01-convolution: that one)
	@mkdir -p build
	@for assignment in $$(cd source && ls -d $(ASSIGNMENT)); do \
		$(BIN)/nbgrader generate_assignment $$assignment --force --db=sqlite:///$(CURDIR)/build/release.db || exit 1; \
	done

outputs: $(READY)  ## execute the master notebooks anew and store their outputs (ASSIGNMENT=…, as above)
	@$(BIN)/jupyter nbconvert --to notebook --inplace --execute --ExecutePreprocessor.record_timing=False \
		source/$(ASSIGNMENT)/*.ipynb

figures: $(READY)  ## measure thresholds and baselines anew (an hour)
	@$(BIN)/python -m grader calibrate
	@$(BIN)/python -m grader baselines --output docs/baselines.md

site: $(READY)  ## the course as static pages, in build/site
	@$(BIN)/python -m web

cost: $(READY)  ## measure what grading costs beside the student's own functions
	@$(BIN)/python -m grader cost

bench: $(READY)  ## measure this engine beside plain nbgrader (half an hour)
	@$(BIN)/python -m grader bench

bench-class: $(READY)  ## measure what grading a whole class costs (an hour)
	@$(BIN)/python -m grader bench-class

attack-table: $(READY)  ## run the hostile suite against stock nbgrader, too, for docs/security.md (an hour)
	@$(BIN)/python -m tests.hostile

clean:  ## remove what was built; .venv, submissions and gradebook stay
	rm -rf build

# Built anew when a pinned version changes.
$(READY): pyproject.toml
	@echo "• Making the environment in $(VENV): a few minutes, once …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable '.[dev]'
	@$(BIN)/jupyter kernelspec install --log-level=ERROR --sys-prefix --name grader-sandbox grader/kernel/kernelspec
	@touch $(READY)
