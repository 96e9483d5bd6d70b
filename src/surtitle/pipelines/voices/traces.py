"""What a known voice leaves in the files of a job, and how it is taken out. Pure."""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from surtitle.jobs.amending import JobFile
from surtitle.pipelines.voices.minutes_traces import MINUTES, without_names
from surtitle.pipelines.voices.places import Names
from surtitle.transcripts.scrubbing import scrubbed

Retell = Callable[[str, Mapping[str, bytes], Mapping[str, Any]], bytes | None]
"""A file of text by its name, made anew from a job's JSON files and its options; None where it is not."""

_SPEAKER_PLACE = r"(?m)(?P<before>^\W*|<v |\] )%s(?=:|>)"


@dataclass(frozen=True, slots=True)
class Traces:
    """A voice by its id, and the labels that its names in one job are to become.

    Only JSON is looked through, by its keys; `retell` makes the text for readers from that, so that no way of
    writing a name is missed.
    """

    voice_id: str
    names: Names
    retell: Retell

    def out_of_files(self, options: Mapping[str, Any], files: Mapping[str, JobFile]) -> Mapping[str, bytes]:
        """What the files are to hold."""
        documents = {
            name: self._out_of_json(name, file.data) for name, file in files.items() if _is_json(file)
        }
        texts = {}
        for name, file in files.items():
            if not _is_json(file):
                made = self.retell(name, documents, options)
                texts[name] = self._out_of_text(file.data) if made is None else made
        return {**documents, **texts}

    def out_of_document(self, document: Any) -> Any:
        """JSON without them: who spoke, and in minutes every mention."""
        # Minutes first: who is to do something may rest on who spoke.
        return scrubbed(self._without_minutes(self._unmatched(document)), self.names)

    def _out_of_json(self, name: str, data: bytes) -> bytes:
        try:
            before = json.loads(data)
        except ValueError:
            return data
        is_minutes = name.startswith(MINUTES)
        after = without_names(before, self.names) if is_minutes else self.out_of_document(before)
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
                key: without_names(value, self.names) if key == MINUTES else self._without_minutes(value)
                for key, value in document.items()
            }
        return [self._without_minutes(one) for one in document] if isinstance(document, list) else document

    def _out_of_text(self, data: bytes) -> bytes:
        """Where a line or a cue says who speaks; what was said stays."""
        text = data.decode(errors="surrogateescape")
        for name, label in self.names.items():
            for written in {name, html.escape(name, quote=False)}:
                text = re.sub(_SPEAKER_PLACE % re.escape(written), rf"\g<before>{label}", text)
        return text.encode(errors="surrogateescape")


def _is_json(file: JobFile) -> bool:
    return file.media_type.partition(";")[0].strip() == "application/json"
