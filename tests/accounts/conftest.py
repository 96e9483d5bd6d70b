"""The whole installation, for what concerns all of it."""

from tests.api.conftest import exposed

__all__ = ["exposed"]
