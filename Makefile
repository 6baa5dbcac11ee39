# ltlight: `make help` lists what there is. Every target works on a fresh checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 6006
ARGS ?=
.DEFAULT_GOAL := help

.PHONY: help install lint typecheck format test stress demo sweep bench report sample-report tensorboard doctor clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 21

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14) and "ltlight needs Python 3.11 to 3.13, this is " + sys.version.split()[0] + ": name another one, as in `make install PYTHON=python3.12`")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --editable '.[dev]'
	@touch $@

install: $(VENV)/.installed ## make .venv with everything needed

lint: install ## check style, and that imports point down the flow
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/lint-imports --no-logo

typecheck: install ## check the types
	$(BIN)/mypy

format: install ## put the style right
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

test: install ## run the tests
	$(BIN)/python -m pytest

stress: install ## kill trainings, sweeps and the rest a hundred times, and compare
	$(BIN)/python -m tests.stress $(ARGS)

demo: install ## the main job on real handwritten digits, on a CPU, in minutes
	$(BIN)/python -m ltlight.train -m experiment=demo $(ARGS)

sweep: install ## the EE 443 report's six runs on CIFAR-50 (add ARGS="data.root=… model.width=…")
	$(BIN)/python -m ltlight.train -m data.ratio=0.1,0.02,0.005 method=baseline,improved $(ARGS)

bench: install ## training speed beside a plain pipeline, in about a quarter of an hour
	$(BIN)/python -m ltlight.bench $(ARGS)

NAME ?= demo
report: install ## rebuild the report of a sweep: make report NAME=demo
	$(BIN)/python -m ltlight.report outputs/$(NAME)

sample-report: install ## the report of kept runs on handwritten digits, without a training
	rm -rf outputs/sample_report && mkdir -p outputs/sample_report
	cp -r outputs/reference/sample_report/. outputs/sample_report
	$(BIN)/python -m ltlight.report outputs/sample_report

doctor: install ## what is installed, which devices there are, and whether training can run
	$(BIN)/ltlight doctor

tensorboard: install ## dashboards of every run, on this machine only
	$(BIN)/tensorboard --logdir outputs --host localhost --port $(PORT)

clean: ## remove the environment and caches; results under outputs/ stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
