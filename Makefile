# make demo    the concert bot with its recorded sessions, and the review app on http://localhost:8501
# make test    all tests, in Chromium too
# make check   format, lint, types, layers, tests: what CI runs
# make bench   benchmarks, as tables
# make contract   the contract of the log at its full size: 100,000 events on each database
# Everything is installed into .venv first, where it is missing or pyproject.toml has changed.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
APT := $(shell [ "$$(id -u)" = 0 ] && command -v apt-get)
INSTALL := DEBIAN_FRONTEND=noninteractive $(APT) install -y -qq --no-install-recommends
PIP := .venv/bin/python -m pip install --quiet --disable-pip-version-check
BENCHMARKS := $(basename $(notdir $(wildcard tests/benchmarks/bench_*.py)))

.PHONY: demo test check lint bench contract migration browser servers clean

demo: .venv/installed
	.venv/bin/recorder demo

test: .venv/installed-dev browser servers
	.venv/bin/pytest -n auto --dist loadfile

check: lint test

lint: .venv/installed-dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

bench: .venv/installed-dev browser
	@for name in $(BENCHMARKS); do .venv/bin/python -m tests.benchmarks.$$name || exit 1; done

contract: .venv/installed-dev
	RECORDER_CONTRACT=100000 .venv/bin/pytest -q -s tests/store/test_contract.py

# The next migration, from what recorder/store/tables.py has and an up-to-date database lacks:
# make migration m="what it does"
migration: .venv/installed-dev
	@folder=$$(mktemp -d) && url="sqlite:///$$folder/recorder.db" && \
	.venv/bin/recorder init --database "$$url" && \
	.venv/bin/python -c 'import sys; from recorder.store import schema; schema.draft(*sys.argv[1:])' "$$url" "$(m)"

.venv/installed: pyproject.toml setup.py | .venv/bin/pip
	$(PIP) --editable .
	@touch $@

.venv/installed-dev: pyproject.toml setup.py | .venv/bin/pip
	$(PIP) --editable '.[dev]'
	@touch .venv/installed $@

# Debian keeps what makes virtual environments in a package of its own.
.venv/bin/pip:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed." >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { [ -n "$(APT)" ] && $(APT) update -qq && $(INSTALL) python3-venv \
	&& $(PYTHON) -m venv --clear .venv; } || { rm -rf .venv; \
	echo "No virtual environment could be made. On Debian: sudo apt-get install python3-venv" >&2; exit 1; }

# Debian's Chromium where we may install it, else the one that Playwright brings.
browser: .venv/installed-dev
	@command -v chromium >/dev/null && .venv/bin/playwright --version >/dev/null 2>&1 \
	|| { [ -n "$(APT)" ] && $(APT) update -qq && $(INSTALL) chromium libatomic1; } \
	|| .venv/bin/playwright install chromium \
	|| { echo "No browser. On Debian: sudo apt-get install chromium libatomic1" >&2; exit 1; }

# The tests start PostgreSQL and RabbitMQ themselves, in folders of their own; they need the programs.
# The library that makes disks fail and kills processes at a chosen call is compiled.
servers:
	@{ ls /usr/lib/postgresql/*/bin/initdb || command -v initdb; } >/dev/null 2>&1 \
	&& ls /usr/lib/rabbitmq/bin/rabbitmq-server >/dev/null 2>&1 && command -v cc >/dev/null \
	|| { [ -n "$(APT)" ] && $(APT) update -qq && $(INSTALL) postgresql rabbitmq-server gcc libc6-dev; } \
	|| echo "Some tests are skipped or fail. On Debian: sudo apt-get install postgresql rabbitmq-server gcc libc6-dev" >&2

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
