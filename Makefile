# The front door. `make` alone says what there is.
#
# Always the whole workspace, never `-p CRATE`: cargo then picks the same features for the AWS SDK each time, and
# aws-sdk-ec2, which takes longer than everything else together, is compiled once.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
# Processor of the functions: arm64 or x86_64.
ARCH ?= arm64
# Stack of `make deploy`, and its parameters: PARAMETERS='Mode=enforce AlarmEmail=ops@example.com'. Others stay as they are.
STACK ?= kintsugi
PARAMETERS ?=
# Of `make fuzz`: what, and for how long.
TARGET ?= document
SECONDS ?= 60
# Of `make sweep`: all, or those in whose names this stands; and at most so many of them, spread over the runbooks.
CASES ?= all
MOST ?=
# Of `make bench`: cold, cold=FUNCTION, size, steps, remediate, scale, cost, instructions or page; without it all of them.
PART ?=
WHAT = $(firstword $(subst =, ,$(PART)))
# Of `make storm`: so many events about so many instances.
STORM ?= 5000/500

BIN := $(or $(CARGO_TARGET_DIR),target)/debug
SETUP := $(PYTHON) scripts/setup
export SAM_CLI_TELEMETRY := 0

.NOTPARALLEL:

##@ See it work

.PHONY: demo
demo: built ## a fault put right on this machine, shown step by step, and proven: make demo ARGS=--stay to look at tickets
	$(BIN)/demo --binaries $(BIN) $(ARGS)

.PHONY: world
world: built ## the local world by hand, until Ctrl-C; says how to reach it
	$(BIN)/world --binaries $(BIN)

.PHONY: invoke
invoke: built ## one function on one event: make invoke FUNCTION=open-ticket EVENT=events/FILE
	@: $${FUNCTION:?name a function: make invoke FUNCTION=open-ticket EVENT=events/FILE}
	@: $${EVENT:?name an event file, see events/: make invoke FUNCTION=... EVENT=events/FILE}
	BIN=$(BIN) scripts/invoke "$(FUNCTION)" "$(EVENT)"

.PHONY: plan
plan: built ## what a runbook would do: make plan RUNBOOK=resize-instance ARGS='--param ...'
	@: $${RUNBOOK:?name a runbook: make plan RUNBOOK=resize-instance}
	$(BIN)/kintsugi plan "runbooks/$(RUNBOOK).yaml" $(ARGS)

.PHONY: cases
cases: built ## the cases of every runbook, against a fake account: make cases ARGS='--filter ...'
	$(BIN)/kintsugi test runbooks/*.cases.yaml --coverage $(ARGS)

##@ Keep it true

.PHONY: test
test: built ## every test; says at the end what it skipped and why
	cargo fetch --locked
	$(SETUP) test
	$(PYTHON) scripts/test

.PHONY: check
check: fmt lint deny template test ## all that must hold before a change is merged: what CI runs

.PHONY: sweep
sweep: built ## every fault at every step of every runbook, and what came of it: make sweep CASES=all (or a part of names) MOST=...
	KINTSUGI_SWEEP="$(CASES)" KINTSUGI_SWEEP_MOST="$(MOST)" cargo test --workspace --locked --test sweep -- --nocapture

.PHONY: storm
storm: built ## many alarms at once, and what came of them: make storm STORM=EVENTS/INSTANCES
	KINTSUGI_STORM="$(STORM)" cargo test --workspace --locked --test storm -- --nocapture

.PHONY: differential
differential: cargo setup ## every operation of every service asked of botocore and of aws-api, and compared
	KINTSUGI_DIFFERENTIAL=all cargo test --workspace --locked --test differential -- --nocapture

.PHONY: fmt
fmt: cargo
	cargo fmt --all -- --check
	cargo fmt --manifest-path fuzz/Cargo.toml -- --check

.PHONY: lint
lint: cargo
	cargo clippy --workspace --all-targets --locked -- -D warnings

.PHONY: deny
deny: setup-check ## licences, sources, bans and advisories of every dependency
	scripts/deny

.PHONY: template
template: setup-check ## template.yaml: cfn-lint, sam validate, runbooks as they are; docs/performance.md: as measured
	.local/lint/bin/cfn-lint
	__SAM_CLI_APP_DIR=.local/sam .local/lint/bin/sam validate --lint --region eu-west-1
	$(PYTHON) scripts/inline-runbooks --check
	$(PYTHON) scripts/bench page --check

.PHONY: fuzz
fuzz: cargo ## look for inputs that break a reader: make fuzz TARGET=document|run|answer|event|bindings|link SECONDS=60
	$(SETUP) fuzz
	scripts/fuzz "$(TARGET)" "$(SECONDS)"

.PHONY: bless
bless: built ## write what is generated: runbooks in the template, golden files of tests
	$(PYTHON) scripts/inline-runbooks
	$(SETUP) test
	INSTA_UPDATE=always INSTA_FORCE_PASS=1 $(PYTHON) scripts/test

##@ Measure it

.PHONY: bench
bench: measurable ## beside what people would use instead; writes docs/performance.md: make bench PART=cold (or all)
	$(PYTHON) scripts/bench $(PART)
	$(if $(PART),$(PYTHON) scripts/bench page)

.PHONY: instructions
instructions: measured ## instructions of the pure parts, by callgrind, against the checked-in counts: what moved
	$(PYTHON) scripts/bench instructions --check

.PHONY: measurable
measurable: built measured
	$(SETUP) bench
	$(if $(filter page scale instructions steps cost,$(WHAT)),,scripts/build-functions x86_64)
	$(if $(filter page scale instructions steps cost cold remediate,$(WHAT)),,scripts/build-functions arm64)

# As the functions are built.
measured: export AWS_LC_SYS_NO_JITTER_ENTROPY := 1
.PHONY: measured
measured: cargo setup
	cargo build --profile measured --locked -p perf

##@ Ship it

.PHONY: build
build: cargo ## the functions for Lambda: make build ARCH=arm64|x86_64
	$(SETUP) build
	scripts/build-functions "$(ARCH)"

.PHONY: sizes
sizes: ## size of each built function, as binary and as zip
	$(PYTHON) scripts/sizes

# As scripts/build-functions has it: `sam build` then finds everything built.
deploy: export AWS_LC_SYS_NO_JITTER_ENTROPY := 1
.PHONY: deploy
deploy: setup-check build ## sam build and sam deploy, asking before it changes anything: PARAMETERS='Mode=...' ARCH=...
	PATH="$(CURDIR)/.local/venv/bin:$$PATH" .local/lint/bin/sam build --parameter-overrides Architecture=$(ARCH)
	.local/lint/bin/sam deploy --stack-name $(STACK) --parameter-overrides Architecture=$(ARCH) $(PARAMETERS)

##@ The rest

.PHONY: models
models: setup ## AWS's service models, packed: .local/models and .local/layer

.PHONY: setup
setup: ## install what is needed beside Rust, into .local/
	$(SETUP) world

.PHONY: setup-check
setup-check:
	$(SETUP) check

.PHONY: built
built: cargo setup
	cargo build --workspace --locked

.PHONY: cargo
cargo:
	@command -v cargo >/dev/null || { echo "cargo was not found; Rust comes from https://rustup.rs" >&2; exit 1; }

.PHONY: clean
clean: ## remove all that was built or installed here
	rm -rf .aws-sam .local
	cargo clean

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
