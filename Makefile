# make verify: check every claim and write the report.  make test: run all tests.
# Both set up what they need first; a second call finds it in place. JUNIT=FILE makes both write JUnit XML too.

BUDGET ?= quick
CLAIMS ?=
WORKERS ?= auto
PYTHON ?= python3
JUNIT ?=
FULL ?=
SECONDS ?= 600

BIN := .venv/bin
READY := .venv/.ready

.PHONY: verify test lint bench bench-train screenshots attack-libraries power calibrate determinism kills scaling fuzz lock release setup clean
.DEFAULT_GOAL := verify

setup: $(READY)

$(READY): pyproject.toml requirements.txt setup.sh
	@sh setup.sh $(PYTHON)

verify: $(READY)
	@$(BIN)/advtheory verify --budget $(BUDGET) -n $(WORKERS) $(if $(CLAIMS),-k "$(CLAIMS)") $(if $(JUNIT),--junit "$(JUNIT)")

test: $(READY)
	@$(BIN)/python -m pytest -n $(WORKERS) $(if $(JUNIT),--junitxml "$(JUNIT)")

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@sh audit.sh

bench: $(READY)
	@$(BIN)/python -m benchmarks

bench-train: $(READY)
	@$(BIN)/python -m benchmarks.training

screenshots: $(READY)
	@$(BIN)/python docs/screenshots.py

# What survives of wrong lines: a sample, or with FULL=1 all mutants; killed, it goes on where it was.
power: $(READY)
	@$(BIN)/python -m checks.power $(if $(FULL),--full) $(if $(filter-out auto,$(WORKERS)),--jobs $(WORKERS))

# How often each statistical check accuses falsely, and what it catches; killed, it goes on where it was.
calibrate: $(READY)
	@$(BIN)/python -m checks.calibration $(if $(filter-out auto,$(WORKERS)),--workers $(WORKERS)) $(if $(CLAIMS),-k "$(CLAIMS)")

# What workers, order, hash seeds, a cluster, threads and kernels change; and what random kills lose.
determinism: $(READY)
	@$(BIN)/python -m tests.determinism $(if $(CLAIMS),-k "$(CLAIMS)")

kills: $(READY)
	@$(BIN)/python -m tests.kills

# One worker and two on this machine, and what a model says of more.
scaling: $(READY)
	@$(BIN)/python -m benchmarks.cluster $(if $(CLAIMS),-k "$(CLAIMS)")

# Bad input for every public function and every reader of files, from a seed that is printed.
fuzz: $(READY)
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

attack-libraries: $(READY)
	@sh setup-attacks.sh $(PYTHON)

lock: $(READY)
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --quiet \
		--generate-hashes --constraint constraints.txt --no-emit-package torch --no-annotate \
		--custom-compile-command "make lock" --output-file requirements.txt

release: $(READY)
	@sh release.sh $(PYTHON)

clean:
	rm -rf .venv .venv-attacks build dist
