# Everything from a fresh clone, on a machine with Python (3.11 or newer) and make:
#
#   make demo          the demo, no key, no network once installed
#   make test          lint, types, import contract, docs, all tests
#   make check         ruff, mypy --strict, import contract
#   make docs          the pages, warnings are errors          -> docs/_build/html
#   make golden        write golden logs and generated pages again; review the diff like code
#   make test-browser  docs and demo page in Chromium, with axe-core (needs chromium, node, npm)
#   make fidelity      every published number that the worlds reproduce -> docs/reference/fidelity.md,
#                      and the long streams by which the statistics are tested
#   make bench         measure every figure the docs quote     -> docs/reference/figures.md
#   make lock          pin pyproject.toml and requirements-dev.in into requirements.lock

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test check unit docs golden fidelity test-browser bench lock install clean

install: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tertius needs Python 3.11 or newer; set PYTHON=")'
	@echo "installing what requirements.lock names into $(VENV): about 2 GB, some minutes, once"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

demo: $(READY)
	$(BIN)/tertius demo

test: check docs unit

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

unit: $(READY)
	$(BIN)/python -m pytest -q -n 2 --doctest-modules src tests

docs: $(READY)
	rm -rf docs/_build
	$(BIN)/sphinx-build -q -W --keep-going -b html -d docs/_build/doctrees docs docs/_build/html

golden: $(READY)
	$(BIN)/python tests/golden/regenerate.py
	$(BIN)/python tests/golden/pricing_learned.py
	$(BIN)/python tests/golden/studies.py
	$(BIN)/python docs/render
	$(BIN)/python bench/render.py

fidelity: $(READY)
	$(BIN)/python -m pytest -q -m "slow or not slow" tests/fidelity --fidelity-report tests/fidelity/found.json
	$(BIN)/python -m pytest -q -n 2 -m slow tests/stats
	$(BIN)/python docs/render

test-browser: docs
	@command -v npm >/dev/null || { echo "make test-browser needs npm (Debian: nodejs npm)" >&2; exit 1; }
	@command -v chromium >/dev/null || { echo "make test-browser needs chromium (Debian: chromium)" >&2; exit 1; }
	cd tests/browser && npm ci --silent
	$(BIN)/python -m pytest -q -n 2 -o "norecursedirs=.* node_modules" tests/browser

bench: $(READY)
	$(BIN)/python bench/render.py --measure

lock: $(READY)
	$(BIN)/uv pip compile -q pyproject.toml requirements-dev.in --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	  -o requirements.lock

clean:
	rm -rf $(VENV) docs/_build tests/browser/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
