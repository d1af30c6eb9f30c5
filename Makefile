# The two commands: `make demo` and `make test`. Each sets everything up first; the second time is quick.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO_OUT ?= demo
DEMO_INPUT ?=
# By way of the environment, where a name with quotes or spaces stays one word.
export DEMO_OUT DEMO_INPUT

# How many processes share the tests, each on one thread: what is started beside them has a core, too.
TEST_JOBS ?= 2
LUCK_RUNS ?= 10

.PHONY: setup demo test test-luck pythons wheels proofs examples peers fuzz bench check check-types docs site format clean

setup: $(VENV)/.ready

# Marked ready last, so that a killed setup goes on. Debian's Python has no ensurepip without python3-venv: pip then brings itself.
$(VENV)/.ready: pyproject.toml constraints.txt
	@echo "setup: making $(VENV) with the pinned packages of constraints.txt (a few minutes the first time)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV) && $(PYTHON) -m venv $(VENV) 2>/dev/null; } || \
	  { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,docs]'
	@$(BIN)/python -m faceshards weights pull embedded --json >/dev/null || \
	  echo "setup: until \`$(BIN)/python -m faceshards weights pull embedded\` has run, tests that need these weights are skipped"
	@touch $@
	@echo "setup: done"

demo: setup
	@$(BIN)/python -m faceshards demo --out "$$DEMO_OUT" $${DEMO_INPUT:+--input "$$DEMO_INPUT"}

TEST_ALL = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(TEST_JOBS)

test: setup
	@echo "test: running the tests on $(TEST_JOBS) cores (the long proofs are left out: make proofs)"
	@$(TEST_ALL)

# Whether a test depends on luck: the whole suite, each time in another order, with two busy loops beside it. It stops
# at the first run that fails; what it prints last repeats that order: pytest -n 2 --randomly-seed=SEED.
test-luck: setup
	@trap 'kill $$loops' EXIT; trap 'exit 130' INT TERM; loops=; \
	for loop in 1 2; do $(BIN)/python -c 'while True: pass' & loops="$$loops $$!"; done; \
	for run in $$(seq $(LUCK_RUNS)); do \
	  seed=$$(shuf -i 1-4294967295 -n 1); \
	  echo "test-luck: run $$run of $(LUCK_RUNS), seed $$seed"; \
	  $(TEST_ALL) --randomly-seed=$$seed || { echo "test-luck: run $$run failed: --randomly-seed=$$seed"; exit 1; }; \
	done

# The same tests on the newer Pythons at hand, with the newest packages that pip finds for them. Torch is left out: its
# CPU build is found for 3.11 only; the tests that need it are skipped, saying so. pyenv's commands run one version only.
PYTHONS ?= 3.12 3.13
pythons:
	@for version in $(PYTHONS); do \
	  python=$$(command -v python$$version) && $$python -c '' 2>/dev/null || python="$$(pyenv prefix $$(pyenv latest $$version 2>/dev/null) 2>/dev/null)/bin/python"; \
	  $$python -c '' 2>/dev/null || { echo "pythons: no Python $$version here: left out"; continue; }; \
	  echo "pythons: $$($$python --version), packages first"; \
	  test -x .pythons/$$version/bin/python || $$python -m venv .pythons/$$version || exit 1; \
	  .pythons/$$version/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[core-dev]' || exit 1; \
	  OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .pythons/$$version/bin/python -m pytest -q -n $(TEST_JOBS) || exit 1; \
	done

# What is published, and whether it works where nothing else is installed.
wheels: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[release]'
	@.ci/wheels $(BIN)/python 3.11 $(PYTHONS)

proofs: setup
	@echo "proofs: running what is too long for every day"
	@$(BIN)/python -m pytest -m slow

# Every notebook of examples/, the quick ones of `make test` among them; that of Lightning and Accelerate where `make peers`
# has put these.
examples: setup
	@echo "examples: running every notebook in a kernel of its own"
	@$(BIN)/python -m pytest -m "slow or not slow" tests/examples

# What others make of the same bytes, each in an environment of its own; then the tests that compare with them. In .peers
# are other readers of shards: LitData brings torchvision for pictures, Lightning imports it where it stands, and beside a
# torch of another build (CPU) it does not load. In .oracles are the makers' own programs around the networks that we run
# by ourselves: mediapipe comes without its dependencies, and imports a sounddevice that it does not need. In .viewers are
# the viewers that exports are for, beside this project.
peers: setup .peers/bin/python .oracles/bin/python .viewers/bin/python
	@.peers/bin/python -m pip install --quiet --disable-pip-version-check -r bench/peers.txt
	@.peers/bin/python -c 'import torchvision' 2>/dev/null || .peers/bin/python -m pip uninstall --quiet --yes torchvision
	@.oracles/bin/python -m pip install --quiet --disable-pip-version-check -r bench/peers-models.txt
	@.oracles/bin/python -m pip install --quiet --disable-pip-version-check --no-deps mediapipe==0.10.21 resemblyzer==0.1.4 rtmlib==0.0.16
	@.viewers/bin/python -m pip install --quiet --disable-pip-version-check --editable . -r bench/peers-viewers.txt
	@touch "$$(.oracles/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/sounddevice.py"
	@$(BIN)/python -m pytest -m peers

.peers/bin/python .oracles/bin/python .viewers/bin/python:
	@$(PYTHON) -m venv $(@:/bin/python=) 2>/dev/null || \
	  { $(PYTHON) -m venv --clear --without-pip $(@:/bin/python=) && $(PYTHON) -m pip --python $@ install --quiet pip; }

fuzz: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	@echo "fuzz: first with a bug planted in each parser (each must be found), then as they are"
	@$(BIN)/python fuzz/run.py --plant && $(BIN)/python fuzz/run.py

bench: setup
	@$(BIN)/python -m faceshards bench shards
	@$(BIN)/python -m faceshards bench stream
	@$(BIN)/python -m faceshards bench curate

check: setup
	@echo "check: format, lint, types, layers, the site"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy -p faceshards
	@$(BIN)/python -m pytest -q tests/test_layers.py
	@$(SITE) --site-dir build/site

# Pyright as an editor runs it: the checkout's names resolve through the links. It needs node, and npm fetches pyright.
check-types: setup
	@npx --yes pyright --pythonpath $(BIN)/python loaders/__init__.py curation/__init__.py train/options.py

docs: setup
	@$(BIN)/python docs/tables.py
	@$(BIN)/python -m faceshards.completion.table

# The pages as a site, in site/; --strict: a link that leads nowhere is an error.
SITE = NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
site: setup
	@$(SITE)
	@echo "site: open site/index.html"

format:
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .peers .oracles .viewers .pythons .wheels demo build dist site *.egg-info
