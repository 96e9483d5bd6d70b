from tests.engines.conftest import install_engines

__all__ = ["install_engines"]
