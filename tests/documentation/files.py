"""The recordings that pages name, made with the local voice; and other files that commands read."""

import shutil
from pathlib import Path

from tests.spoken import ffmpeg, film, speak

TEXT = "The meeting began at the north pier. Ann will call the printer about the new boiler."
FILMS = ("talk.mp4",)
SOUNDS = ("standup.m4a", "interview.m4a", "appel.wav", "ana.wav", "memo.m4a", "nota.m4a")
TEXTS = {"crew.txt": "Kvistholm\nZelmira\n", "config.ini": "[WHISPER]\nmodel = base\n"}


class Files:
    """Made once; each page has a folder with copies of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        spoken = speak(TEXT, folder / "spoken.wav")
        for name in FILMS:
            film(spoken, folder / name)
        for name in SOUNDS:
            ffmpeg("-i", str(spoken), str(folder / name))
        for name, text in TEXTS.items():
            (folder / name).write_text(text)

    def place(self, name: str) -> Path:
        return self._folder / name

    def laid_into(self, folder: Path, text: str) -> None:
        """Copies of those that `text` names: `*.m4a` is meant to be few."""
        for file in self._folder.iterdir():
            if file.name in text:
                shutil.copy(file, folder / file.name)
