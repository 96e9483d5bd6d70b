# Every task of the project. `make help` shows them; each works on a fresh clone.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FILE ?=

# Where it is set, each of the hundreds of processes that the tests start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run serve test test-quick test-diffusers test-spark lint format chaos bench docs web catalogues lock clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## Install, fetch the models, caption FILE=talk.mp4 (or a clip made on the spot), serve
	@$(BIN)/surtitle models pull whisper-base
	@$(BIN)/surtitle demo $(if $(FILE),"$(FILE)")

serve: $(VENV)/.installed ## Start the server at http://localhost:8000
	@$(BIN)/surtitle serve

# A process a core and one more, for the third of the time that each waits for a process or a server it started; each
# file stays in one. More than four would start more servers than they save time.
SIDE_BY_SIDE := $(BIN)/pytest -n $$(( $$($(BIN)/python -c 'import os; print(os.cpu_count())') + 1 )) --maxprocesses 4 --dist loadfile

test: $(VENV)/.installed-dev .helm/.installed .release/.installed lint ## Check types, style and imports, then run every test (fetches Whisper base once)
	@$(BIN)/surtitle models pull whisper-base
	$(SIDE_BY_SIDE) --ignore tests/faults
	$(BIN)/pytest -n 2 --dist loadfile tests/faults

test-quick: $(VENV)/.installed-dev .helm/.installed .release/.installed ## The tests that need no model and no kill -9
	$(SIDE_BY_SIDE) -m "not models" --ignore tests/faults

test-diffusers: .torch/.installed ## The engine `diffusers` on small real models; fetches torch (TORCH names a build for the CPU)
	PYTHONPATH=.torch $(BIN)/pytest -ra tests/engines/builtin/test_diffusers_video.py

test-spark: .spark/.installed ## Daily figures on a real Spark, and the DAG in a real Airflow (500 MB; needs Java 17 and PostgreSQL's JDBC driver)
	PYTHONPATH=.spark/python $(BIN)/pytest -ra tests/analytics/test_spark.py tests/deploy/test_airflow.py

lint: $(VENV)/.installed-dev ## Ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.installed-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

chaos: $(VENV)/.installed-dev ## 1,000 faults of every kind on a cluster, 200 kill -9 on a laptop's installation (about four hours)
	@$(BIN)/surtitle models pull whisper-base
	SURTITLE_TEST_FAULTS=1000 SURTITLE_TEST_KILLS=200 SURTITLE_TEST_JOBS=40 $(BIN)/pytest tests/faults --timeout 7200 -s
	SURTITLE_TEST_LEASE_SECONDS=60 SURTITLE_TEST_STUCK_SECONDS=150 $(BIN)/pytest tests/faults/test_database_away.py

bench: $(VENV)/.installed-dev ## Speed and memory, side by side with the bare engine and bare ffmpeg
	@$(BIN)/surtitle models pull whisper-base
	$(BIN)/python -m benchmarks

web: $(VENV)/.installed-dev ## Bundle the pages' scripts and styles anew, after a change in frontend/
	@$(BIN)/python hatch_build.py

catalogues: $(VENV)/.installed-dev ## Collect what the pages say for translation, after a change in their templates
	@$(BIN)/python scripts/web_catalogues.py

docs: $(VENV)/.installed-docs ## Build the documentation site into site/
	$(BIN)/mkdocs build --strict

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
  --no-header --no-annotate --upgrade
lock: $(VENV)/.installed-dev ## Choose new versions of everything that is installed
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --group build -c requirements.lock -o requirements-build.lock
	$(LOCK) --group dev -c requirements.lock -c requirements-build.lock -o requirements-dev.lock
	$(LOCK) --no-deps --group diffusers-tests -c requirements.lock -o requirements-diffusers.lock
	$(LOCK) --no-deps --group chart-tests -o requirements-chart.lock
	$(LOCK) --group release -o requirements-release.lock
	$(LOCK) --no-deps --group spark-tests -o requirements-spark.lock
	$(LOCK) --group airflow-tests -o requirements-airflow.lock
	$(LOCK) --group docs -c requirements.lock -c requirements-dev.lock -o requirements-docs.lock

clean: ## Remove what was built; your recordings and models stay
	rm -rf $(VENV) .torch .spark .helm .release dist site src/surtitle/assets .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

include deploy/compose/targets.mk
include deploy/helm/targets.mk
include deploy/grafana/targets.mk
include scripts/release/targets.mk

# The two steps of each installation: what the lock names, by hash; then Surtitle itself, which brings
# its fonts in by the build hook. The build hook's own needs are in the lock too, so nothing is unpinned.
$(VENV)/.installed: requirements.lock requirements-build.lock pyproject.toml hatch_build.py frontend/package-lock.json
	@echo "Installing Surtitle into $(VENV) (Python: $$($(PYTHON) --version))"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Surtitle needs Python 3.11 or later; name one: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -r requirements-build.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "Installing the developers' tools"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# In a folder of its own: the other tests go without torch, as most installations do. `--no-deps`, because the
# torch of the package index would bring CUDA along.
TORCH ?= torch==2.13.0
.torch/.installed: $(VENV)/.installed-dev requirements-diffusers.lock
	@echo "Installing torch and diffusers into .torch"
	@rm -rf .torch
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target .torch $(TORCH)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target .torch -r requirements-diffusers.lock
	@touch $@

.spark/.installed: $(VENV)/.installed-dev requirements-spark.lock requirements-airflow.lock
	@echo "Installing Spark and Airflow into .spark"
	@rm -rf .spark
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target .spark/python -r requirements-spark.lock
	@$(BIN)/python -m venv .spark/airflow
	@.spark/airflow/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-airflow.lock
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed requirements-docs.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@
