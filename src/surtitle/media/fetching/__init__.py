"""Recordings fetched from a URL: asked for now, brought by a worker, resumed when something dies."""
