# Two environments: .venv for the package, .venv-airflow for the tests of the DAG. Everything else lands in build/.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
AIRFLOW_VENV := .venv-airflow
INSTALLED := $(VENV)/.installed
AIRFLOW_INSTALLED := $(AIRFLOW_VENV)/.installed
JARS := $(VENV)/.jars
PYTEST := $(VENV)/bin/python -m pytest -q
DEMO_ARGS ?=
FAULT_ARGS ?=
EVALUATE_ARGS ?=
OUTSIDERS ?= all
BENCH_ARGS ?=

say = @echo '==> $(1)'

# new_environment DIR: a clean virtual environment made by the first Python 3.11 that can make one.
define new_environment
	@for candidate in $(PYTHON) python3.11 python3; do \
	  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then \
	    exec "$$candidate" -m venv --clear $(1); \
	  fi; \
	done; \
	echo 'error: no Python 3.11 with its venv module was found (looked at $(PYTHON) python3.11 python3).' >&2; \
	echo '  fix: Debian, Ubuntu: apt-get install python3.11 python3.11-venv; macOS: brew install python@3.11;' >&2; \
	echo '       or name one: make PYTHON=/path/to/python3.11 ...' >&2; \
	exit 1
endef

# install DIR, CONSTRAINTS, PACKAGES: with uv, which is several times quicker; where uv cannot reach the package index
# in the way pip is set up to, with pip.
define install
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@$(1)/bin/uv pip install --quiet --compile-bytecode --python $(1)/bin/python -c $(2) $(3) \
	  || { echo '    uv did not manage; trying pip' >&2; \
	       $(1)/bin/python -m pip install --quiet --disable-pip-version-check -c $(2) $(3); }
	@touch $@
endef

.PHONY: help
help: ## show this list
	@echo 'Revenuer finds coordinated model-distillation campaigns in LLM usage data.'
	@echo
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Needs Python 3.11 and Java 17 or 21. Options: PYTHON=/path/to/python3.11, DEMO_ARGS="--seed 2".'

.PHONY: demo
demo: java $(JARS) ## rank a simulated lake with one planted campaign, under build/demo
	$(call say,running the demo: its lake and reports go to build/demo)
	@$(VENV)/bin/revenuer demo $(DEMO_ARGS)

.PHONY: test
test: java $(JARS) $(AIRFLOW_INSTALLED) ## run every test but the long proofs (test-slow, test-faults)
	$(call say,unit tests (no JVM))
	@$(PYTEST) tests/unit --durations=5
	$(call say,end to end and lake and stages (Spark and Delta) in two processes)
	@$(PYTEST) tests/e2e tests/lake tests/stages -n 2 --dist loadfile --durations=15
	$(call say,the Airflow DAG in its own environment)
	@REVENUER_BIN='$(CURDIR)/$(VENV)/bin/revenuer' $(AIRFLOW_VENV)/bin/python -m pytest -q -c tests/dags/pytest.ini \
	  tests/dags --durations=5

.PHONY: test-slow
test-slow: java $(INSTALLED) ## run the long proofs: backfills, drift, replays, trials, erasure
	$(call say,the long proofs)
	@$(PYTEST) -m slow tests/stages tests/lake tests/e2e --durations=15

.PHONY: test-faults
test-faults: java $(INSTALLED) ## kill runs at every point, run dates at once
	$(call say,kill points and concurrent runs; FAULT_ARGS="-k kill" and REVENUER_FAULT_POINTS=20 and REVENUER_FAULT_STAGES=rank try fewer)
	@$(PYTEST) -m faults tests/faults --capture=no $(FAULT_ARGS)

.PHONY: evaluate-quick
evaluate-quick: java $(INSTALLED) ## judge three small worlds, and fail where a figure is worse than tests/evaluate_quick.json
	$(call say,simulating and judging three worlds; figures go to build/evaluate-quick)
	@$(VENV)/bin/revenuer evaluate --scenario quick --days 4 --accounts 4000 --min-precision 0.99 \
	  --baseline tests/evaluate_quick.json --out build/evaluate-quick $(EVALUATE_ARGS)

.PHONY: evaluate
evaluate: java $(INSTALLED) ## judge every shipped world at full size (hours), and fail where a figure is worse than tests/evaluate_worlds.json
	$(call say,simulating and judging every world; figures go to build/evaluate)
	@$(VENV)/bin/revenuer evaluate --scenario all --first-seed 701 --baseline tests/evaluate_worlds.json $(EVALUATE_ARGS)

.PHONY: evaluate-outsiders
evaluate-outsiders: java $(INSTALLED) ## judge worlds that others wrote (OUTSIDERS=careful,burst-2 for some), and fail where a figure is worse than tests/evaluate_outsiders.json
	$(call say,writing and judging worlds of outsiders; figures go to build/evaluate-outsiders)
	@worlds="$$($(VENV)/bin/python tests/outsiders/write_world.py $(OUTSIDERS) --out build/outsiders)"; \
	$(VENV)/bin/revenuer evaluate --scenario "$$worlds" --baseline tests/evaluate_outsiders.json \
	  --out build/evaluate-outsiders $(EVALUATE_ARGS)

.PHONY: bench
bench: ## observe and components beside other engines; link and rank at scale
	@$(MAKE) bench-observe BENCH_ARGS='--events 10000000 --rounds 1'
	@$(MAKE) bench-components BENCH_ARGS='--links 10000000'
	@$(MAKE) bench-link BENCH_ARGS=''
	@$(MAKE) bench-rank BENCH_ARGS=''

.PHONY: bench-reference
bench-reference: java $(INSTALLED) ## replay the campaign of the record, 44 days of 2 M events; stops and goes on (BENCH_ARGS="--minutes 60")
	$(call say,replaying the reference campaign at full size; figures go to build/bench/reference)
	@$(VENV)/bin/python tests/bench/bench_reference.py $(BENCH_ARGS)

.PHONY: bench-growth
bench-growth: java $(INSTALLED) ## how cost grows with events and window, and what a hot identifier does (BENCH_ARGS="--accounts 5000")
	$(call say,running days of one to eight times the events and windows of 7 to 44 days; figures go to build/bench/growth)
	@$(VENV)/bin/python tests/bench/bench_growth.py $(BENCH_ARGS)

.PHONY: bench-quick
bench-quick: java $(INSTALLED) ## count what a small day costs, and fail where it is more than tests/bench_quick.json
	$(call say,counting the jobs and rows and files of one small day; figures go to build/bench/quick)
	@$(VENV)/bin/python tests/bench/bench_quick.py --bounds tests/bench_quick.json --out build/bench/quick $(BENCH_ARGS)

.PHONY: bench-link
bench-link: java $(INSTALLED) ## CPU of stage link over 44 days beside observing one (BENCH_ARGS="--accounts 20000")
	$(call say,linking the last days of a long window; figures go to build/bench/link)
	@$(VENV)/bin/python tests/bench/bench_link.py $(BENCH_ARGS)

.PHONY: bench-rank
bench-rank: java $(INSTALLED) ## rank and publish a campaign of 25,000 accounts among 100,000 pools (BENCH_ARGS="--pools 1000")
	$(call say,ranking one large campaign among many small pools; figures go to build/bench/rank)
	@$(VENV)/bin/python tests/bench/bench_rank.py $(BENCH_ARGS)

.PHONY: bench-observe
bench-observe: java $(INSTALLED) ## CPU of stage observe beside DuckDB's, same outputs (BENCH_ARGS="--events 10000000")
	$(call say,observing one day of a simulated world and comparing with DuckDB; figures go to build/bench/observe)
	@$(VENV)/bin/python tests/bench/bench_observe.py $(BENCH_ARGS)

.PHONY: bench-components
bench-components: java $(INSTALLED) ## connected components of 10 M links beside GraphFrames and SciPy and Splink (BENCH_ARGS="--links 1000000")
	$(call say,labelling the same links by every engine; figures go to build/bench/components)
	@$(VENV)/bin/python tests/bench/bench_components.py $(BENCH_ARGS)

.PHONY: lint
lint: $(INSTALLED) ## check style (ruff) and types (mypy, strict)
	$(call say,ruff)
	@$(VENV)/bin/ruff check
	$(call say,mypy)
	@$(VENV)/bin/mypy

.PHONY: install
install: java $(INSTALLED) ## make .venv and install the package into it
	$(call say,installed: $(VENV)/bin/revenuer)

.PHONY: airflow
airflow: $(AIRFLOW_INSTALLED) ## make .venv-airflow, for the tests of the DAG
	$(call say,installed: $(AIRFLOW_VENV)/bin/airflow)

.PHONY: doctor
doctor: $(INSTALLED) ## check Java and jars and write access
	@$(VENV)/bin/revenuer doctor

.PHONY: docs
docs: $(INSTALLED) ## write the data dictionary to build/docs/tables.md
	@mkdir -p build/docs
	@$(VENV)/bin/revenuer tables --format md >build/docs/tables.md
	$(call say,wrote build/docs/tables.md)

.PHONY: clean
clean: ## remove everything that make made
	$(call say,removing the environments and build and caches)
	@rm -rf $(VENV) $(AIRFLOW_VENV) build lib/*.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@rm -rf spark-warehouse metastore_db derby.log artifacts tests/dags/.pytest_cache
	@find lib jobs airflow_dags tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: java
java:
	@program="$${JAVA_HOME:+$$JAVA_HOME/bin/}java"; \
	version="$$("$$program" -version 2>&1 | sed -nE 's/.*version "([0-9]+).*/\1/p' | head -n 1)" || true; \
	found="version $$version"; [ -n "$$version" ] || found=missing; \
	if [ "$$version" != 17 ] && [ "$$version" != 21 ]; then \
	  echo "error: Spark needs Java 17 or 21; $$program is $$found." >&2; \
	  echo '  fix: Debian, Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17;' >&2; \
	  echo '       or set JAVA_HOME to a Java 17 or 21.' >&2; \
	  exit 1; \
	fi

$(INSTALLED): pyproject.toml constraints.txt
	$(call say,making $(VENV) with Python 3.11)
	$(call new_environment,$(VENV))
	$(call say,installing the package and the tools of its tests into $(VENV) (a minute or so))
	$(call install,$(VENV),constraints.txt,-e '.[test]')

$(JARS): $(INSTALLED)
	$(call say,fetching the jars of Delta and GraphFrames (85 MB unless they are there) and checking the set-up)
	@$(VENV)/bin/revenuer doctor --lake build/demo/lake
	@touch $@

$(AIRFLOW_INSTALLED): constraints-airflow.txt
	$(call say,making $(AIRFLOW_VENV) with Python 3.11)
	$(call new_environment,$(AIRFLOW_VENV))
	$(call say,installing Airflow into $(AIRFLOW_VENV) (half a minute or so))
	$(call install,$(AIRFLOW_VENV),constraints-airflow.txt,apache-airflow pytest)
