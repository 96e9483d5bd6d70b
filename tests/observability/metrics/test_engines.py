from prometheus_client import CollectorRegistry

from surtitle.observability.metrics import EngineMetrics, ResidentModel

WHISPER = ResidentModel("whisper", "whisper-base", "cpu", "int8", 400)
LABELS = {"engine": "whisper", "model": "whisper-base", "device": "cpu", "compute_type": "int8"}


def test_models_are_told_while_they_are_held() -> None:
    registry = CollectorRegistry()
    metrics = EngineMetrics(registry)
    held: list[ResidentModel | None] = [WHISPER, None]
    metrics.watch(lambda: held[0])
    metrics.watch(lambda: held[1])
    assert registry.get_sample_value("surtitle_model_resident", LABELS) == 1
    held[1] = WHISPER
    assert registry.get_sample_value("surtitle_model_resident", LABELS) == 2
    assert registry.get_sample_value("surtitle_model_resident_bytes", LABELS) == 800
    held[:] = [None, None]
    assert registry.get_sample_value("surtitle_model_resident", LABELS) is None
