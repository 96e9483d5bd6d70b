"""What a known voice leaves in the files of a meeting, and how it is taken out. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surtitle.transcripts.scrubbing import scrubbed

_MINUTES = "minutes"
_SPEAKER_PLACE = r"(?m)(?P<before>^\W*|<v |\] )%s(?=:|>)"


@dataclass(frozen=True, slots=True)
class Traces:
    """A voice by its id, and the labels that its names in one meeting are to become."""

    voice_id: str
    names: Mapping[str, str]

    def out_of_file(self, name: str, media_type: str, data: bytes) -> bytes:
        """A file without them. What is neither JSON nor text has none: documents are made when asked for."""
        kind = media_type.partition(";")[0].strip()
        if kind == "application/json":
            return self._out_of_json(name, data)
        if kind.startswith("text/") or kind == "application/x-subrip":
            text = data.decode(errors="surrogateescape")
            told = self._out_of_words(text) if name.startswith(_MINUTES) else self._out_of_places(text)
            return told.encode(errors="surrogateescape")
        return data

    def out_of_document(self, document: Any) -> Any:
        """The same of JSON: who spoke, and in minutes, which are written from it, every mention."""
        return self._without_minutes(scrubbed(self._unmatched(document), self.names))

    def _out_of_json(self, name: str, data: bytes) -> bytes:
        try:
            before = json.loads(data)
        except ValueError:
            return data
        after = self.out_of_document({_MINUTES: before} if name.startswith(_MINUTES) else before)
        if name.startswith(_MINUTES):
            after = after[_MINUTES]
        return data if after == before else (json.dumps(after, indent=1, ensure_ascii=False) + "\n").encode()

    def _unmatched(self, document: Any) -> Any:
        """A speaker who was recognised as this voice was recognised as nobody."""
        if isinstance(document, dict):
            if document.get("voice_id") == self.voice_id:
                forgotten = {key: None for key in ("voice_id", "score") if key in document}
                # In `speakers.json` the label stands beside the name; elsewhere the name is the label.
                if document.get("name") in self.names and "speaker" in document:
                    forgotten["name"] = None
                document = {**document, **forgotten}
            return {key: self._unmatched(value) for key, value in document.items()}
        return [self._unmatched(one) for one in document] if isinstance(document, list) else document

    def _without_minutes(self, document: Any) -> Any:
        if isinstance(document, dict):
            return {
                key: self._everywhere(value) if key == _MINUTES else self._without_minutes(value)
                for key, value in document.items()
            }
        return [self._without_minutes(one) for one in document] if isinstance(document, list) else document

    def _everywhere(self, document: Any) -> Any:
        if isinstance(document, dict):
            return {key: self._everywhere(value) for key, value in document.items()}
        if isinstance(document, list):
            return [self._everywhere(one) for one in document]
        return self._out_of_words(document) if isinstance(document, str) else document

    def _out_of_words(self, text: str) -> str:
        for name, label in self.names.items():
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", label, text)
        return text

    def _out_of_places(self, text: str) -> str:
        """Where a line or a cue says who speaks; what was said stays."""
        for name, label in self.names.items():
            place = _SPEAKER_PLACE % re.escape(name)
            text = re.sub(place, rf"\g<before>{label}", text)
        return text
