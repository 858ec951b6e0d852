.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PLOTTING := .venv/.plotting
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11

help: ## Say what each target does
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(READY) ## Provision examples/simple-bank.yaml in a sandbox, and show it
	@$(BIN)/python -m sandbox.demo

test: $(READY) ## Run every test
	@$(BIN)/python -m pytest

bench: $(PLOTTING) ## Run the benchmarks, and write docs/benchmarks anew
	@$(BIN)/python -m benchmarks

simulate: $(READY) ## Simulate lives, kill points, faults: SEEDS=n lives, LIVES=1 only those, ALL=1 every point, SEED=name one again
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation \
		$(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(ALL),--all) $(if $(LIVES),--no-faults)

check: $(READY) ## Lint, types, import rules, documents
	@$(BIN)/ruff format --check && $(BIN)/ruff check && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/python -m docs.generate --check

sandbox: $(READY) ## Run AWS without an account on 127.0.0.1:4566 until interrupted
	@$(BIN)/python -m sandbox

synth: $(READY) ## Write the CloudFormation template into cdk.out
	@CDK_OUTDIR=cdk.out $(BIN)/python app.py

deploy: $(READY) node_modules ## Deploy to the AWS account of your credentials
	@npx cdk deploy --require-approval never

destroy: $(READY) node_modules ## Take the stack away again
	@npx cdk destroy

docs: $(READY) ## Write the generated documents anew
	@$(BIN)/python -m docs.generate

lock: $(READY) ## Compile requirements/*.txt from pyproject.toml
	@$(COMPILE) --group development -o requirements/development.txt pyproject.toml
	@$(COMPILE) --group benchmarks -c requirements/development.txt -o requirements/benchmarks.txt
	@$(COMPILE) --group runtime -c requirements/development.txt -o requirements/runtime.txt
	@grep '^uv==' requirements/development.txt | sed 's/ .*//' | $(COMPILE) -o requirements/bootstrap.txt -

clean: ## Remove everything that is made
	@rm -rf .venv build cdk.out node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements/development.txt requirements/bootstrap.txt pyproject.toml
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/development.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(PLOTTING): $(READY) requirements/benchmarks.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/benchmarks.txt
	@touch $@

node_modules: package-lock.json
	@npm ci --no-audit --no-fund && touch $@

.PHONY: help demo test bench check sandbox synth deploy destroy docs lock clean
