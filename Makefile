# make verify: check every claim and write the report.  make test: run all tests.
# Both set up what they need first; a second call finds it in place. JUNIT=FILE makes both write JUnit XML too.

BUDGET ?= quick
CLAIMS ?=
WORKERS ?= auto
PYTHON ?= python3
JUNIT ?=

BIN := .venv/bin
READY := .venv/.ready

.PHONY: verify test lint bench bench-train screenshots attack-libraries setup clean
.DEFAULT_GOAL := verify

setup: $(READY)

$(READY): pyproject.toml constraints.txt setup.sh
	@sh setup.sh $(PYTHON)

verify: $(READY)
	@$(BIN)/advtheory verify --budget $(BUDGET) -n $(WORKERS) $(if $(CLAIMS),-k "$(CLAIMS)") $(if $(JUNIT),--junit "$(JUNIT)")

test: $(READY)
	@$(BIN)/python -m pytest -n $(WORKERS) $(if $(JUNIT),--junitxml "$(JUNIT)")

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(READY)
	@$(BIN)/python -m benchmarks

bench-train: $(READY)
	@$(BIN)/python -m benchmarks.training

screenshots: $(READY)
	@$(BIN)/python docs/screenshots.py

attack-libraries: $(READY)
	@sh setup-attacks.sh $(PYTHON)

clean:
	rm -rf .venv .venv-attacks build
