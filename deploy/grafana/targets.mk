# Grafana's dashboards are written in Python (deploy/grafana/dashboards_source).
.PHONY: dashboards
dashboards: $(VENV)/.installed-dev ## Write the files that Grafana reads from deploy/grafana/dashboards_source and the runbooks
	$(BIN)/python -m deploy.grafana.dashboards_source
