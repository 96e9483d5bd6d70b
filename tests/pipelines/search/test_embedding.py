from pathlib import Path

from surtitle.config import Settings
from surtitle.config.work import EmbeddingSettings
from surtitle.engines.models import EngineChooser, Hardware, ModelStore
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.pipelines.search.embedding import TextEmbedding

WITH_GPU = Hardware(cpu_cores=8, memory_bytes=32 * 2**30, gpu_memory_bytes=16 * 2**30)


async def test_texts_are_embedded_beside_the_jobs_and_leave_them_their_gpus(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, embeddings=EmbeddingSettings(engine="sentence-transformers"), _env_file=None
    )
    registry, models = EngineRegistry(), ModelStore(settings)
    chooser = EngineChooser(settings, registry, models, WITH_GPU)
    assert chooser.setup_for(Capability.TEXT_EMBEDDER).device == "cuda"
    embedding = TextEmbedding(settings, registry, models, chooser)
    setup = await embedding.setup()
    assert setup is not None
    assert (setup.engine, setup.device) == ("sentence-transformers", "cpu")
    await embedding.close()
