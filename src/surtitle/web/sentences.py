"""What went wrong, said to a person: a sentence for each kind that pages can meet.

The services tell their errors in English, for programs and their writers. What people can meet in a page is
said again here, where the catalogues find it; anything else is said by its status, with the service's own
words below.
"""

from dataclasses import dataclass
from http import HTTPStatus

from surtitle.api.problems import status_of
from surtitle.errors import Away, SurtitleError
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
    "nothing-to-undo": _("There is nothing to take back."),
    "nothing-to-redo": _("There is nothing to do again."),
    "stale-revision": _("Somebody changed the text in the meantime. Look at it now, and do it once more."),
    "nothing-changed": _("Nothing was changed: it is so already."),
    "artifact-not-found": _("There is no such file any more."),
    "media-in-use": _("Another job uses the recording. Delete that job first."),
    "step-state": _("The step has moved on in the meantime. Look at its present state."),
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
    "wrong-password": _("The password is not yours. Nothing was changed."),
    "not-freshly-signed-in": _(
        "You signed in a while ago, and this cannot be undone. Sign out, sign in again, and come back within "
        "15 minutes."
    ),
    "second-factor-on": _("The second factor is on already. To use another app, turn it off first."),
    "second-factor-off": _("The second factor is not on. Begin again."),
    "session-not-found": _("There is no such session any more."),
    "profile-not-found": _("There is no such profile any more."),
    "default-profile-stays": _("Your default profile stays. Make another one the default first."),
    "too-many-profiles": _("You have as many profiles as one can have. Delete one first."),
    "last-way-in": _(
        "Without it you could not sign in any more. Set a password first: sign out, and choose “Forgotten "
        "your password?”."
    ),
    "user-not-found": _("There is no such account, or it was erased."),
    "queue-not-found": _("There is no such queue."),
    "model-unknown": _("There is no model of that name."),
    "last-administrator": _("You are the last administrator. Make somebody else one first."),
    "account-not-open": _("Your account here is not open. Ask an administrator of this installation."),
    "openid-off": _("No provider to sign in with is set here. Sign in with your password."),
    "openid-provider-away": _("The provider does not answer. Try again, or sign in with your password."),
    "openid-sign-in-lost": _("This sign-in was begun elsewhere, or too long ago. Begin again."),
    "openid-refused": _("The provider did not sign you in. Begin again."),
    "openid-email-not-verified": _(
        "The provider does not say that your e-mail is verified, which an account here needs. Verify it "
        "there."
    ),
    "openid-account-not-linked": _(
        "There is an account with your e-mail already. Sign in with its password, then connect it with the "
        "provider on the page of your account."
    ),
    "openid-identity-taken": _("The provider knows you as somebody who has another account here."),
    "identity-not-found": _("This connection is there no more."),
    "bad-unsubscribe-link": _("The link is not whole. Take it from the mail once more."),
    "rate-limit-exceeded": _("More was asked for in a minute than this installation answers."),
    "foreign-origin": _(
        "A page of another site sent this, so it was refused. Open Surtitle, and do it there."
    ),
    "voice-not-found": _("There is no such voice, or it was erased."),
    "voice-name-taken": _(
        "A voice of this name is known already. Add the clip there, or write another name."
    ),
    "another-voice": _(
        "The clip does not sound like this person, so it was not learned. If it is them all the same, say so "
        "below and send it again."
    ),
    "consent-over": _(
        "The consent has ended, so the voice is not learned or compared. "
        "Record a new one, or erase the voice."
    ),
    "voice-being-erased": _("The voice is being erased. The person can be enrolled anew when it is gone."),
    "voices-changed": _("Somebody changed this at the same moment. Look at it again and send it once more."),
    "nothing-asked": _("There is nothing to look for: write at least one word."),
    "project-not-found": _("There is no such project, or it is not yours to see."),
    "project-name-taken": _("There is a project of this name already. Choose another name."),
    "too-many-projects": _("You own as many projects as one can here. Use one of them, or ask for more."),
    "first-project-stays": _("This is the installation's first project, which cannot be archived."),
    "last-owner": _(
        "Every project has an owner, and this is the last one. Make another member an owner first."
    ),
    "member-not-found": _("The project has no such member any more."),
    "invitation-not-found": _(
        "The invitation is unknown, was used already, or is out of date. Ask for a new one."
    ),
    "nothing-to-join": _(
        "The invitation is for making an account, and you have one. It is still good: pass it on."
    ),
    "too-many-invitations": _("As many invitations are open as can be. Take some back first."),
    "too-many-letters": _(
        "Too many letters were sent within an hour, by you or to this address. Try again later."
    ),
    "key-not-found": _("The project has no such key any more."),
    "key-ended": _("The key has ended already. Make a new one."),
    "too-many-keys": _("The project has as many keys as it can have. Revoke some first."),
    "webhook-not-found": _("The project has no such webhook any more."),
    "delivery-not-found": _("There is no such delivery any more: old ones are forgotten."),
    "too-many-webhooks": _("The project has as many webhooks as it can have. Delete one first."),
    "webhook-disabled": _("The webhook is switched off. Switch it on first."),
    "channel-not-found": _("The project has no such channel any more."),
    "too-many-channels": _("The project has as many channels as it can have. Delete one that nobody reads."),
    "away": _("A server that this installation needs does not answer. Try again in a few seconds."),
}

TITLES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: _("Please sign in"),
    HTTPStatus.FORBIDDEN: _("That is not for you to do"),
    HTTPStatus.NOT_FOUND: _("Nothing is here"),
    HTTPStatus.REQUEST_TIMEOUT: _("Too slow"),
    HTTPStatus.CONFLICT: _("Not as things stand"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("Too large"),
    HTTPStatus.MISDIRECTED_REQUEST: _("Not at this address"),
    HTTPStatus.UNPROCESSABLE_ENTITY: _("Something is missing or wrong"),
    HTTPStatus.TOO_MANY_REQUESTS: _("Not so fast"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Something failed here"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("Not available now"),
}

OF_STATUS: dict[int, str] = {
    HTTPStatus.FORBIDDEN: _("You may not do this here. Ask an owner of the project or an administrator."),
    HTTPStatus.NOT_FOUND: _("The page does not exist, or what it showed was deleted."),
    HTTPStatus.REQUEST_TIMEOUT: _("What was sent came too slowly, or not to its end. Send it again."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("What was sent is larger than this installation takes."),
    HTTPStatus.MISDIRECTED_REQUEST: _(
        "This installation does not answer by this name. Use the address that you were given, or tell "
        "whoever runs it."
    ),
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done, told to whoever wanted it.

    `sentence` is to be translated; `detail` is the service's own English, where that says more. `about`: the
    form or the field that it is said beside, where a page has several; empty for the whole page.
    """

    sentence: str
    detail: str = ""
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    about: str = ""

    @classmethod
    def of(cls, error: SurtitleError, about: str = "") -> "Refusal":
        status = status_of(error)
        detail = error.for_callers if isinstance(error, Away) else error.message
        told = is_told_exactly(error.slug)
        return cls(sentence_of(error.slug, status), "" if told else detail, status, about)
