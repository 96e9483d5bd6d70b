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
    voices="surtitle.engines.builtin.voice_lists:HIBARI",
)
KOKORO = EngineSpec(
    name="kokoro",
    capability=Capability.SYNTHESIZER,
    factory="surtitle.engines.builtin.kokoro:KokoroSynthesizer",
    summary="Kokoro-82M on a CPU: English, Spanish, French, Italian, Portuguese and, with an accent, German",
    needs_model=True,
    model="kokoro-82m",
    voices="surtitle.engines.builtin.voice_lists:KOKORO",
)
ESPEAK = EngineSpec(
    name="espeak",
    capability=Capability.SYNTHESIZER,
    factory="surtitle.engines.builtin.espeak_synthesizer:EspeakSynthesizer",
    summary="espeak-ng, a program of its own: robotic, in some eighty languages",
    model="espeak-ng",
    extra="espeak",
    voices="surtitle.engines.builtin.voice_lists:ESPEAK",
)
OPENAI_SPEECH = EngineSpec(
    name="openai-speech",
    capability=Capability.SYNTHESIZER,
    factory="surtitle.engines.builtin.openai_speech:OpenAiSpeech",
    summary="Any server with OpenAI's /audio/speech",
    any_model=True,
    needs_endpoint=True,
    voices="surtitle.engines.builtin.voice_lists:OPENAI",
)
LOCAL = EngineSpec(
    name="local",
    capability=Capability.DIARIZER,
    factory="surtitle.engines.builtin.local_diarizer:LocalDiarizer",
    summary="pyannote segmentation 3.0 and CAM++ on a CPU: overlapped speech, any number of speakers",
    needs_model=True,
    model="pyannote-segmentation-3.0",
    companions=("campplus",),
    hears_channels=True,
)
PYANNOTE = EngineSpec(
    name="pyannote",
    capability=Capability.DIARIZER,
    factory="surtitle.engines.builtin.pyannote_diarizer:PyannoteDiarizer",
    summary="A pipeline of pyannote.audio (community-1, 3.1), with your own access to it",
    model="pyannote/speaker-diarization-community-1",
    extra="pyannote",
    any_model=True,
    uses_gpu=True,
)
CAMPPLUS = EngineSpec(
    name="campplus",
    capability=Capability.VOICE_ENCODER,
    factory="surtitle.engines.builtin.campplus:CampplusVoiceEncoder",
    summary="CAM++: 192 values a voice, on a CPU",
    needs_model=True,
    model="campplus",
)
MINILM = EngineSpec(
    name="minilm",
    capability=Capability.TEXT_EMBEDDER,
    factory="surtitle.engines.builtin.minilm:MiniLmEmbedder",
    summary="all-MiniLM-L6-v2: 384 values a text, made for English, on a CPU",
    needs_model=True,
    model="all-minilm-l6-v2",
)
OPENAI_EMBEDDER = EngineSpec(
    name="openai",
    capability=Capability.TEXT_EMBEDDER,
    factory="surtitle.engines.builtin.openai_embedder:OpenAiEmbedder",
    summary="Any server with OpenAI's /embeddings: Ollama, vLLM, hosted",
    model="text-embedding-3-small",
    any_model=True,
    needs_endpoint=True,
)
SENTENCE_TRANSFORMERS = EngineSpec(
    name="sentence-transformers",
    capability=Capability.TEXT_EMBEDDER,
    factory="surtitle.engines.builtin.sentence_embedder:SentenceEmbedder",
    summary="A model of sentence-transformers, BGE-M3 for one: about a hundred languages",
    model="BAAI/bge-m3",
    extra="embeddings",
    any_model=True,
    uses_gpu=True,
)
DIFFUSERS = EngineSpec(
    name="diffusers",
    capability=Capability.VIDEO_ENGINE,
    factory="surtitle.engines.builtin.diffusers_video:DiffusersVideo",
    summary="LTX-Video, Wan and CogVideoX with weights of your own, on a GPU or a patient CPU",
    extra="diffusers",
    any_model=True,
    uses_gpu=True,
    film_rules="surtitle.engines.builtin.video_families:RULES",
    needs_pipeline=True,
    picture_check="surtitle.engines.builtin.pipeline_pictures:check_picture",
)
FAL = EngineSpec(
    name="fal",
    capability=Capability.VIDEO_ENGINE,
    factory="surtitle.engines.builtin.fal_video:FalVideo",
    summary="Video models of fal.ai: needs a key, and each clip costs money",
    model="fal-ai/ltx-video-13b-distilled",
    any_model=True,
    needs_endpoint=True,
    film_rules="surtitle.engines.builtin.fal_models:RULES",
    picture_check="surtitle.engines.builtin.fal_models:check_picture",
    call_off="surtitle.engines.builtin.fal_calling_off:call_off",
)
STORYBOARD = EngineSpec(
    name="storyboard",
    capability=Capability.VIDEO_ENGINE,
    factory="surtitle.pipelines.film.storyboard.engine:StoryboardEngine",
    summary="Scenes of large letters with captions in time with the voice, on a CPU",
    model="skia",
    film_rules="surtitle.pipelines.film.storyboard.rules:RULES",
)
AUDIOGRAM = EngineSpec(
    name="audiogram",
    capability=Capability.VIDEO_ENGINE,
    factory="surtitle.pipelines.film.audiogram.engine:AudiogramEngine",
    summary="A recording to look at: cover, bars that follow the sound, captions, on a CPU",
    model="skia",
    film_rules="surtitle.pipelines.film.audiogram.rules:RULES",
)
