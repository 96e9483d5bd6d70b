"""Which folders of weights begin a film with a picture: some can, some cannot, some have to."""

from pathlib import Path

from surtitle.engines.builtin.video_families import Family, family_of
from surtitle.engines.models.pipelines import pipeline_class, pipeline_option
from surtitle.errors import Invalid


def check_picture(model: str, folder: Path | None, has_picture: bool) -> None:
    """The `EngineSpec.picture_check` of `diffusers`. Weights that lie elsewhere are looked at there."""
    family = family_of(pipeline_class(folder)) if folder is not None else None
    if folder is None or family is None:
        return
    if has_picture and not can_begin_with_picture(family, folder):
        raise Invalid(
            f"The model {model} draws from words alone, and cannot begin with a picture. Leave image out, or "
            "choose one that can: LTX-Video, Wan 2.2 5B, the image-to-video versions of Wan and CogVideoX.",
            field="options.image",
        )
    if not has_picture and needs_picture(family, folder):
        raise Invalid(
            f"The model {model} goes on from a picture. Give one as image, or choose another model.",
            field="options.image",
        )


def can_begin_with_picture(family: Family, folder: Path) -> bool:
    """Whether its weights were taught to go on from a picture."""
    own = pipeline_class(folder) == family.pictured_pipeline
    # Wan 2.2 5B: one set of weights for both.
    return family.all_take_pictures or own or pipeline_option(folder, "expand_timesteps") is True


def needs_picture(family: Family, folder: Path) -> bool:
    """Whether its weights draw nothing without one."""
    return not family.all_take_pictures and pipeline_class(folder) == family.pictured_pipeline
