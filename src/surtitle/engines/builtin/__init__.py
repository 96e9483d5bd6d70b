"""The engines that come with Surtitle, announced as any other: by entry points.

Only specs stand here. The libraries behind them are imported in the engine host's child.
"""

from surtitle.domain.options import ComputeType
from surtitle.engines.registry import Capability, EngineSpec

WHISPER = EngineSpec(
    name="whisper",
    capability=Capability.TRANSCRIBER,
    factory="surtitle.engines.builtin.whisper:WhisperTranscriber",
    summary="Whisper by faster-whisper: about 100 languages, CPU or CUDA",
    needs_model=True,
    compute_types=(ComputeType.FLOAT32, ComputeType.FLOAT16, ComputeType.INT8),
    divisible=True,
)
DUMMY = EngineSpec(
    name="dummy",
    capability=Capability.TRANSCRIBER,
    factory="surtitle.engines.builtin.dummy:DummyTranscriber",
    summary="Made-up words at once, for trying the API",
    model="dummy",
    divisible=True,
)
HIBARI = EngineSpec(
    name="hibari",
    capability=Capability.SYNTHESIZER,
    factory="surtitle.engines.builtin.hibari:HibariSynthesizer",
    summary="An English voice that speaks at 100 times real time on a CPU",
    model="hibari",
)
