"""`surtitle film`: a text or a recording in, a narrated, captioned video out."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from surtitle.cli import options as ask
from surtitle.cli.given_text import given_text
from surtitle.errors import Invalid

_SHAPE, _VOICE, _LOOK = "Picture", "Voice and sound", "Look"


class Captions(StrEnum):
    NONE = "none"
    BURNED = "burned"
    SOFT = "soft"
    SIDECAR = "sidecar"


class Aspect(StrEnum):
    WIDE = "16:9"
    UPRIGHT = "9:16"
    SQUARE = "1:1"


class Resolution(StrEnum):
    P360 = "360p"
    P480 = "480p"
    P720 = "720p"
    P1080 = "1080p"
    P1440 = "1440p"
    P2160 = "2160p"


def _option(text: str, panel: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False)


def film(
    prompt: Annotated[
        str | None,
        typer.Argument(
            help="What the film tells, or - for standard input; left out with --audio.", show_default=False
        ),
    ] = None,
    *,
    out: Annotated[str, typer.Option("--out", "-o", help="The video.")] = "film.mp4",
    audio: Annotated[Path | None, _option("A recording to make the film for.", _VOICE)] = None,
    engine: Annotated[str | None, _option("auto, storyboard, audiogram, diffusers or fal.", _SHAPE)] = None,
    model: Annotated[str | None, _option("Model of the engine.", _SHAPE, "--model", "-m")] = None,
    resolution: Annotated[Resolution | None, _option("Usually 1080p.", _SHAPE)] = None,
    aspect: Annotated[Aspect | None, _option("16:9 (usual), 9:16 for phones, 1:1.", _SHAPE)] = None,
    duration: Annotated[
        float | None, _option("Seconds; as long as the text takes if left out.", _SHAPE)
    ] = None,
    fps: Annotated[int | None, _option("Frames a second; usually 30.", _SHAPE)] = None,
    seed: Annotated[int | None, _option("Another number, another film.", _SHAPE)] = None,
    negative_prompt: Annotated[str | None, _option("What is not to be seen (diffusion).", _SHAPE)] = None,
    image: Annotated[
        list[Path] | None, _option("A picture to show; may be given several times.", _LOOK)
    ] = None,
    template: Annotated[str | None, _option("Lay every scene out alike: statement, quote …", _LOOK)] = None,
    logo: Annotated[Path | None, _option("A picture of your brand.", _LOOK)] = None,
    background: Annotated[str | None, _option("#RRGGBB.", _LOOK)] = None,
    text_colour: Annotated[str | None, _option("#RRGGBB.", _LOOK, "--text-colour", "--text-color")] = None,
    accent: Annotated[str | None, _option("#RRGGBB.", _LOOK)] = None,
    font: Annotated[str | None, _option("Font family of the brand.", _LOOK)] = None,
    silent: Annotated[bool, _option("Nobody speaks.", _VOICE, "--silent")] = False,
    voice: Annotated[str | None, _option("See `surtitle speak --voices`.", _VOICE)] = None,
    language: Annotated[
        str | None, _option("Found in the text if left out.", _VOICE, "--language", "-l")
    ] = None,
    speed: Annotated[float | None, _option("1.0 is natural, 0.5 to 2.0.", _VOICE)] = None,
    music: Annotated[Path | None, _option("A recording to lie under the speech.", _VOICE)] = None,
    captions: Annotated[
        Captions | None, _option("burned (usual), soft, sidecar (an .srt beside) or none.", _LOOK)
    ] = None,
    writer: Annotated[str | None, _option("Who writes the script; extract: nobody.", _LOOK)] = None,
    keep: ask.Keep = False,
    overwrite: ask.Overwrite = False,
    as_json: ask.AsJson = False,
) -> None:
    """Make a narrated, captioned video from a text, or a moving picture for a recording.

    A command that was cut off goes on where it was when it is given again.
    """
    from surtitle.cli.batch.film_order import FilmOrder, run_film  # noqa: PLC0415 - takes seconds

    text = None if prompt is None else given_text(prompt)
    if text is None and audio is None:
        raise Invalid('Say what the film tells, for example: surtitle film "The sea at dawn." --out sea.mp4')
    brand = ask.given(background=background, text=text_colour, accent=accent, font=font)
    options = ask.given(
        prompt=text, engine=engine, model=model, resolution=resolution, aspect=aspect,
        duration_seconds=duration, fps=fps, seed=seed, negative_prompt=negative_prompt, template=template,
        voice_over="off" if silent else None, voice=voice, language=language, speed=speed,
        captions=captions, writer=writer, brand=brand,
    )  # fmt: skip
    order = FilmOrder(
        options, Path(out).expanduser(), audio=audio, images=tuple(image or ()), music=music, logo=logo,
        keep=keep, overwrite=overwrite,
    )  # fmt: skip
    raise typer.Exit(run_film(order, as_json=as_json))
