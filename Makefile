# Every target makes its own virtual environment when it is missing or out of date.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: venv demo test check format docs dashboards dashboards-pictures bench bench-quick bench-views chaos lock clean

venv: $(STAMP)

$(STAMP): pyproject.toml requirements-dev.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

demo: $(STAMP)
	$(BIN)/benchwire demo

# Two at a time: tests wait for engines and processes more than they compute. A file stays in one
# process, for what its tests share; in order, the many small files come last and both end together.
test: $(STAMP)
	$(BIN)/python -m pytest -m "not chaos" --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright

format: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# The pages that are made from the code: a test says when they are out of date.
docs: $(STAMP)
	$(BIN)/python -m benchwire.embedded.views_page docs/views.md
	$(BIN)/python -m tests.support.field_tables

# Grafana's dashboards and alert rules, made from grafana/boards; a test says when they are out of date.
dashboards: $(STAMP)
	$(BIN)/python -m grafana.boards

# Their pictures in docs, drawn from four runs of the demo; takes five minutes, and differs every time.
dashboards-pictures: $(STAMP)
	$(BIN)/python -m tests.support.dashboard_pictures docs/dashboards

bench-quick: $(STAMP)
	$(BIN)/python -m benchmarks.quick

bench-views: $(STAMP)
	$(BIN)/python -m benchmarks.dashboards

bench: $(STAMP)
	$(BIN)/python -m benchmarks.full

chaos: $(STAMP)
	$(BIN)/python -m pytest -m chaos

lock:
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --extra dev --no-header --no-emit-index-url \
		--output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
