"""What went wrong, said to a person: a sentence for each kind that pages can meet.

The services tell their errors in English, for programs and their writers. What people can meet in a page is
said again here, where the catalogues find it; anything else is said by its status, with the service's own
words below.
"""

from http import HTTPStatus

from surtitle.web.catalogues import mark as _

OF_KIND = {
    "wrong-credentials": _("The e-mail or the password is wrong, or the account is not open."),
    "second-factor-required": _("Your account asks for a code as well. Type the one that your app shows."),
    "wrong-code": _("The code is wrong or was used already. Wait for the next one, or take a recovery code."),
    "too-many-attempts": _(
        "Too many attempts failed. Wait a little before the next one, or reset the password."
    ),
    "passwords-busy": _("Too many people sign in at this moment. Try again in a few seconds."),
    "weak-password": _(
        "Choose another password: at least 8 characters, not your e-mail, and none that is known everywhere. "
        "A short sentence is best."
    ),
    "bad-link": _("The link is unknown, was used already, or is out of date. Ask for a new one."),
    "invitation-for-another": _(
        "The invitation is for another e-mail. Register with the one that it was sent to."
    ),
    "registration-closed": _("Registering here needs an invitation. Ask whoever runs this installation."),
    "already-set-up": _("This installation has an administrator already. Sign in instead."),
    "email-taken": _("There is an account with this e-mail already. Sign in, or use another e-mail."),
    "csrf-refused": _("The form is out of date. Go back, load the page again and send it once more."),
    "not-allowed": _("You may look at this, and may not change it. Ask an owner of the project."),
    "job-not-found": _("There is no such job, or it was deleted."),
    "job-state": _("The job has moved on in the meantime. Look at its present state and choose again."),
    "media-not-found": _("There is no such recording, or it was deleted."),
    "transcript-not-found": _("There is no such transcript, or it was deleted."),
    "not-media": _("The file holds neither sound nor video that can be read here."),
    "no-sound": _("The recording has no sound track."),
    "malformed-upload": _("Choose a file first, then send the form."),
    "too-large": _("The file is larger than this installation takes."),
    "storage-full": _("There is no room left for recordings. Tell whoever runs this installation."),
    "storage-used-up": _("The project's storage is used up. Delete what is not needed, or ask for more."),
    "minutes-used-up": _("The project's minutes are used up. Ask an owner of the project for more."),
    "credits-used-up": _("The project's credits are used up. Ask an owner of the project for more."),
    "queue-full": _("So much work is waiting that no more is taken now. Try again in a few minutes."),
    "project-queue-full": _(
        "So many jobs of the project are waiting that no more are taken. Try again later."
    ),
    "away": _("A server that this installation needs does not answer. Try again in a few seconds."),
}

TITLES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: _("Please sign in"),
    HTTPStatus.FORBIDDEN: _("That is not for you to do"),
    HTTPStatus.NOT_FOUND: _("Nothing is here"),
    HTTPStatus.CONFLICT: _("Not as things stand"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Too large"),
    HTTPStatus.UNPROCESSABLE_ENTITY: _("Something is missing or wrong"),
    HTTPStatus.TOO_MANY_REQUESTS: _("Not so fast"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Something failed here"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("Not available now"),
}

OF_STATUS: dict[int, str] = {
    HTTPStatus.FORBIDDEN: _("You may not do this here. Ask an owner of the project or an administrator."),
    HTTPStatus.NOT_FOUND: _("The page does not exist, or what it showed was deleted."),
    HTTPStatus.UNPROCESSABLE_ENTITY: _("What was sent cannot be taken as it is. Look at the form again."),
    HTTPStatus.INTERNAL_SERVER_ERROR: _(
        "That should not have happened, and it is not your fault. Try again; if it stays, give the reference "
        "below to whoever runs this installation."
    ),
}

_ANY_TITLE = _("That did not work")
_ANY_SENTENCE = _("That did not work. Go back and try again.")


def title_of(status: int) -> str:
    return TITLES.get(status, _ANY_TITLE)


def sentence_of(slug: str, status: int) -> str:
    """A sentence to be translated: for this kind of error, else for its status."""
    return OF_KIND.get(slug) or OF_STATUS.get(status, _ANY_SENTENCE)


def is_told_exactly(slug: str) -> bool:
    """Whether the sentence says all that the service did."""
    return slug in OF_KIND
