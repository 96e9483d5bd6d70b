from pathlib import Path

import pytest
from tests.pipelines.rendering.bench import Bench

from surtitle.config import RenderingSettings


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def settings() -> RenderingSettings:
    return RenderingSettings()
