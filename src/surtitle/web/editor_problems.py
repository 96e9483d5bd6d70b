"""What the editor's forms cannot do, said above them with what was typed."""

from pydantic import BaseModel

from surtitle.errors import SurtitleError
from surtitle.transcripts.errors import ImpossibleEdit
from surtitle.web.catalogues import mark as _
from surtitle.web.edit_wishes import CueForm, ReplaceForm, SpeakerForm
from surtitle.web.editor_page import Said
from surtitle.web.sentences import Refusal

_CHANGED_HERE = _(
    "Somebody changed this cue while you wrote. Below stands what you wrote, and above it what is there now."
)
_NOT_FOUND = _("The text is nowhere to be found.")
_NO_NAME = _("Give the speaker a name.")
_IMPOSSIBLE = _("That edit is not possible as the text stands now.")
_CONFLICT = 409


def said_of(error: SurtitleError | None, form: BaseModel) -> Said:
    """`None`: the cue was changed by somebody else."""
    typed = {name: "" if value is None else str(value) for name, value in form.model_dump().items()}
    cue = form.cue if isinstance(form, CueForm) else ""
    if error is None:
        return Said(problem=_CHANGED_HERE, status=_CONFLICT, cue=cue, typed=typed)
    refusal = Refusal.of(error)
    problem, detail = refusal.sentence, refusal.detail
    if isinstance(error, ImpossibleEdit):
        problem = _IMPOSSIBLE
        if isinstance(form, ReplaceForm):
            problem, detail = _NOT_FOUND, ""
        elif isinstance(form, SpeakerForm) and not form.name.strip():
            problem, detail = _NO_NAME, ""
    return Said(problem=problem, detail=detail, status=refusal.status, cue=cue, typed=typed)
