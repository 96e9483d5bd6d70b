"""Video pipelines of diffusers that draw noise: real ones, built from configurations, with random weights.

A few hundred kilobytes each, saved as the real ones are, so that the code that loads and runs those runs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLCogVideoX,
    AutoencoderKLLTXVideo,
    AutoencoderKLWan,
    CogVideoXImageToVideoPipeline,
    CogVideoXPipeline,
    CogVideoXTransformer3DModel,
    DDIMScheduler,
    FlowMatchEulerDiscreteScheduler,
    LTXPipeline,
    LTXVideoTransformer3DModel,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

LETTERS = "▁abcdefghijklmnopqrstuvwxyz0123456789.,!?"


def _tokenizer() -> PreTrainedTokenizerFast:
    marks = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    tokenizer = Tokenizer(models.Unigram([*marks, *((letter, -2.0) for letter in LETTERS)], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=128,
    )


def _text_encoder() -> T5EncoderModel:
    config = T5Config(
        vocab_size=64, d_model=32, d_kv=8, d_ff=37, num_layers=1, num_heads=4, decoder_start_token_id=0,
        is_encoder_decoder=False, use_cache=False,
    )  # fmt: skip
    return T5EncoderModel(config).eval()


def _ltx() -> Any:
    transformer = LTXVideoTransformer3DModel(
        in_channels=8, out_channels=8, patch_size=1, patch_size_t=1, num_attention_heads=4,
        attention_head_dim=8, cross_attention_dim=32, num_layers=2, caption_channels=32,
    )  # fmt: skip
    vae = AutoencoderKLLTXVideo(
        in_channels=3, out_channels=3, latent_channels=8, block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8), layers_per_block=(1,) * 5, decoder_layers_per_block=(1,) * 5,
        spatio_temporal_scaling=(True, True, True, False),
        decoder_spatio_temporal_scaling=(True, True, True, False),
        decoder_inject_noise=(False,) * 5, upsample_residual=(False,) * 4, upsample_factor=(1,) * 4,
        timestep_conditioning=False, patch_size=4, patch_size_t=1, encoder_causal=True, decoder_causal=False,
    )  # fmt: skip
    scheduler = FlowMatchEulerDiscreteScheduler()
    return LTXPipeline(scheduler, vae, _text_encoder(), _tokenizer(), transformer)


def _wan(*, picture_channels: int = 0, **options: Any) -> Any:
    vae = AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    )
    transformer = WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=16 + picture_channels,
        out_channels=16, text_dim=32, freq_dim=256, ffn_dim=32, num_layers=2, cross_attn_norm=True,
        qk_norm="rms_norm_across_heads", rope_max_seq_len=32,
    )  # fmt: skip
    kind = WanImageToVideoPipeline if picture_channels else WanPipeline
    scheduler = FlowMatchEulerDiscreteScheduler(shift=7.0)
    return kind(
        tokenizer=_tokenizer(), text_encoder=_text_encoder(), vae=vae, scheduler=scheduler,
        transformer=transformer, **options,
    )  # fmt: skip


def _cogvideox(*, picture_channels: int = 0) -> Any:
    transformer = CogVideoXTransformer3DModel(
        num_attention_heads=4, attention_head_dim=8, in_channels=4 + picture_channels, out_channels=4,
        time_embed_dim=2, text_embed_dim=32, num_layers=2, sample_width=6, sample_height=4, sample_frames=9,
        patch_size=2, temporal_compression_ratio=4, max_text_seq_length=226,
    )  # fmt: skip
    blocks = 4
    vae = AutoencoderKLCogVideoX(
        in_channels=3, out_channels=3, down_block_types=("CogVideoXDownBlock3D",) * blocks,
        up_block_types=("CogVideoXUpBlock3D",) * blocks, block_out_channels=(8,) * blocks, latent_channels=4,
        layers_per_block=1, norm_num_groups=2, temporal_compression_ratio=4,
    )  # fmt: skip
    kind = CogVideoXImageToVideoPipeline if picture_channels else CogVideoXPipeline
    return kind(_tokenizer(), _text_encoder(), vae, transformer, DDIMScheduler())


BUILDERS: dict[str, Callable[[], Any]] = {"ltx": _ltx, "wan": _wan, "cogvideox": _cogvideox}
PICTURED_BUILDERS: dict[str, Callable[[], Any]] = {
    # The mask of Wan's picture has four channels, and its latents sixteen.
    "wan-i2v": lambda: _wan(picture_channels=20),
    "wan-5b": lambda: _wan(expand_timesteps=True),
    "cogvideox-i2v": lambda: _cogvideox(picture_channels=4),
}


def save_tiny_pipeline(name: str, folder: Path) -> Path:
    """The pipeline `name` in `folder`; the same weights each time."""
    torch.manual_seed(0)
    (BUILDERS | PICTURED_BUILDERS)[name]().save_pretrained(folder, safe_serialization=True)
    return folder
