# What goes with a release. See docs/develop/releasing.md.
AUDIT ?=
IMAGE ?=
ENGINE ?= $(shell command -v podman || command -v docker)
SIGNING_KEY ?=
DRAFT ?=
RELEASE := .release/bin/python
VERSION ?= $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' src/surtitle/__init__.py)

.PHONY: licences audit sbom release-notes

licences: $(VENV)/.installed .release/.installed ## Show the licence of each dependency; fails where one is not accepted
	@$(RELEASE) scripts/release/licences.py --python $(BIN)/python requirements.lock

audit: .release/.installed ## Ask for known faults of what is locked (AUDIT='--service osv' asks OSV); needs a network
	@$(RELEASE) scripts/release/audit.py $(AUDIT) requirements.lock requirements-build.lock requirements-dev.lock

sbom: .release/.installed ## Write what the lock holds as CycloneDX into dist/, and IMAGE=surtitle:latest too
	@mkdir -p dist
	@PYTHONWARNINGS=ignore .release/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --short-PURLs \
	  --output-file dist/surtitle-$(VERSION).cdx.json requirements.lock
	@echo "dist/surtitle-$(VERSION).cdx.json"
ifneq ($(IMAGE),)
	@test -n "$(ENGINE)" || { echo "podman or docker is needed to read the image $(IMAGE)." >&2; exit 1; }
	@container=$$($(ENGINE) create $(IMAGE)) && trap '$(ENGINE) rm -f '$$container' > /dev/null' EXIT \
	  && set -o pipefail && $(ENGINE) export $$container \
	  | $(RELEASE) scripts/release/image_sbom.py --name "$(IMAGE)" --version $(VERSION) -o dist/surtitle-image-$(VERSION).cdx.json
endif

release-notes: ## Write and sign the notes of VERSION=0.1.0 with SIGNING_KEY=~/.ssh/release (or DRAFT=1)
	@$(PYTHON) scripts/release/notes.py $(VERSION) $(wildcard dist/*$(VERSION)*) \
	  $(if $(SIGNING_KEY),--key $(SIGNING_KEY)) $(if $(DRAFT),--draft)

# Apart from everything else: what judges dependencies is none of them.
.release/.installed: requirements-release.lock
	@echo "Installing what judges dependencies into .release"
	@rm -rf .release
	@$(PYTHON) -m venv .release
	@.release/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-release.lock
	@touch $@
