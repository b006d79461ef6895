# Two commands do everything on a fresh machine: make run, make test.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: run test lint browser editors extension docs train bench bench-bulk fuzz clean

run: $(VENV)/.installed ## install, then serve the page and the API on this machine
	$(BIN)/python app.py

test: $(VENV)/.installed-tests browser editors lint ## install what tests need, browser included, and run them all
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.installed-tests
	$(BIN)/ruff check .
	$(BIN)/mypy

$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Adcheck needs Python 3.11 or later; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@$(BIN)/python -c 'from compliance import default_engine; default_engine()'
	@touch $@

$(VENV)/.installed-tests: $(VENV)/.installed tests/requirements.txt requirements-ocr.txt requirements-provenance.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

# The browser tests fail, and are never skipped, where a browser or npm (for Mozilla's linter) is missing.
APT = command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends
browser:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 \
	  || { $(APT) chromium fonts-noto-color-emoji >/dev/null; } \
	  || { echo "The browser tests need Chromium. Install it with: sudo apt-get install chromium fonts-noto-color-emoji"; exit 1; }
	@command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 || { $(APT) firefox-esr >/dev/null; } \
	  || { echo "The browser tests need Firefox. Install it with: sudo apt-get install firefox-esr"; exit 1; }
	@command -v npm >/dev/null 2>&1 || { $(APT) npm >/dev/null; } || { echo "The browser tests need npm. Install it with: sudo apt-get install npm"; exit 1; }
	@cd tests/browser && { [ node_modules/.stamp -nt package.json ] || { npm install --no-audit --no-fund --no-package-lock --loglevel=error >/dev/null && touch node_modules/.stamp; }; }

extension: ## write the extension's packages for Chromium and Firefox to dist/
	@$(PYTHON) extension/store/package.py dist

# The editors that the live check is tested with; their packages stay out of the repository.
EDITORS := tests/browser/editors
editors: $(EDITORS)/node_modules/.package-lock.json
$(EDITORS)/node_modules/.package-lock.json: $(EDITORS)/package.json $(EDITORS)/package-lock.json
	@command -v npm >/dev/null 2>&1 || { echo "The tests with real editors need Node.js 20 with npm. Install it from your system's packages (apt-get install nodejs npm) or nodejs.org."; exit 1; }
	@cd $(EDITORS) && npm ci --no-audit --no-fund --silent
	@touch $@

docs: $(VENV)/.installed ## write docs/rules from the rulebook
	$(BIN)/adcheck rules docs

train: $(VENV)/.installed-tests ## make the intent model again from its texts
	$(BIN)/python training/train.py

bench: $(VENV)/.installed-tests ## print the benchmark ratios
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/pages.py

SECONDS ?= 300
fuzz: $(VENV)/.installed-tests ## coverage-guided fuzzing of the page reader; new inputs are kept in .fuzz
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/fuzz/requirements.txt
	@mkdir -p .fuzz/corpus
	$(BIN)/python tests/fuzz/fuzz_page.py -max_total_time=$(SECONDS) -dict=tests/fuzz/html.dict -artifact_prefix=.fuzz/ -max_len=4096 -timeout=20 .fuzz/corpus tests/pages

bench-bulk: $(VENV)/.installed-tests ## print the ratios of bulk scans
	$(BIN)/python benchmarks/bulk.py

clean:
	rm -rf $(VENV) .fuzz build dist tests/browser/node_modules *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
