"""Grafana's dashboards, written in Python. `make dashboards` makes the files that Grafana reads of them.

One module a dashboard; `panels` has the kinds of panel. Queries ask for figures of docs/operate/metrics.md: those of
the whole installation are told by each process of the API alike, so `max` takes one of them; those of a process are
its own, and `sum` adds them up. Each query is run by a test against a Prometheus that watched a living installation.
"""
