"""For tests of what both kinds of database promise: `pytestmark = ON_BOTH`."""

import pytest

ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
"""The test runs twice. It uses `database_url`, or a fixture that does: `database`, `table`, `limited`."""
