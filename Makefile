# Two commands for a fresh clone: `make demo` and `make test`. Windows: see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# The bundle is built in an environment of its own, which holds what goes into it.
BUNDLE_VENV := build/venv
BUNDLE_BIN := $(BUNDLE_VENV)/bin
BUNDLE := dist/FPT Studio
PART_BYTES ?= 1900000000

.PHONY: demo test install format bundle bundle-test bundle-size installer-tar installer-parts \
	installer-deb installer-appimage installer-nsis installer-nsis-test installer-dmg

demo: $(INSTALLED)
	$(BIN)/fpt demo --output demo --open-window

test: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

install: $(INSTALLED)

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "FPT Studio needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

# --- bundle and installers; see packaging/README.md --------------------------------------

bundle: $(BUNDLE_VENV)/.installed
	$(BUNDLE_BIN)/python packaging/build.py

bundle-test:
	$(BUNDLE_BIN)/python packaging/bundle_test.py "$(BUNDLE)" --screenshots dist/screenshots

bundle-size:
	@du -sb --apparent-size "$(BUNDLE)" | awk '{printf "unpacked %.0f MB\n", $$1 / 1e6}'
	@ls -l dist/*.tar.xz dist/*.deb 2>/dev/null | awk '{printf "%s %.0f MB\n", $$NF, $$5 / 1e6}'

installer-tar installer-deb installer-appimage:
	PYTHON=$(BUNDLE_BIN)/python packaging/linux/package.sh $(@:installer-%=%) "$(BUNDLE)" dist

installer-parts:
	PART_BYTES=$(PART_BYTES) PYTHON=$(BUNDLE_BIN)/python packaging/linux/package.sh parts "$(BUNDLE)" dist

installer-nsis:
	PYTHON=$(BUNDLE_BIN)/python packaging/windows/package.sh setup "$(BUNDLE)" dist

installer-nsis-test: # under Wine, with a stand-in for the program
	PYTHON=$(BUNDLE_BIN)/python packaging/windows/wine_test.sh

installer-dmg:
	PYTHON=$(BUNDLE_BIN)/python packaging/macos/package.sh "dist/FPT Studio.app" dist

$(BUNDLE_VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(BUNDLE_VENV)
	$(BUNDLE_BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bundle,onnx]'
	touch $@
