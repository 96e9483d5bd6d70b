"""What can be wrong with who a caller says it is."""

from uuid import UUID

from surtitle.errors import Busy, Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class NoCredentials(Unauthenticated):
    """The request carries neither an access token nor a key."""

    slug = "unauthenticated"

    def __init__(self) -> None:
        super().__init__(
            "Sign in (`POST /api/login`) and send the header `Authorization: Bearer` with the access "
            "token, or send a project's key in the header `X-API-Key`."
        )


class BadToken(Unauthenticated):
    """The access token is damaged, forged, out of date or of a session that has ended."""

    slug = "bad-token"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The access token is not accepted: {why}. Get another with `POST /api/token/refresh`, or "
            "sign in again."
        )


class BadKey(Unauthenticated):
    """The key is unknown, revoked or past its date."""

    slug = "bad-key"

    def __init__(self) -> None:
        super().__init__(
            "The key is unknown, revoked or past its date. An owner of the project makes a new one: "
            "`POST /api/projects/{project_id}/keys`."
        )


class PersonalInstallation(Conflict):
    """There are no accounts where the server is personal."""

    slug = "personal-installation"

    def __init__(self) -> None:
        super().__init__(
            "This installation is personal and has no accounts: whoever sits at it owns everything. Start "
            "it with `surtitle serve --auth required` to have people sign in."
        )


class WrongCredentials(Unauthenticated):
    """Such a person with such a password may not sign in; which of the two is wrong is not told."""

    slug = "wrong-credentials"

    def __init__(self) -> None:
        super().__init__(
            "The e-mail or the password is wrong, or the account is not open. Try again, or ask for a new "
            "password with `POST /api/password-reset`."
        )


class WrongPassword(Forbidden):
    """The password that was given to confirm a change is not the caller's."""

    slug = "wrong-password"

    def __init__(self) -> None:
        super().__init__("The password is not yours. Nothing was changed; give your present password.")


class BadRefreshToken(Unauthenticated):
    """The refresh token is unknown, out of date, of a session that has ended, or was used before."""

    slug = "bad-refresh-token"

    def __init__(self) -> None:
        super().__init__(
            "The refresh token is not accepted. Each works once; a used one that comes again ends its "
            "session. Sign in again with `POST /api/login`."
        )


class BadLink(Forbidden):
    """The link's token is unknown, used or out of date."""

    slug = "bad-link"

    def __init__(self, again: str) -> None:
        super().__init__(f"The link is unknown, was used, or is out of date. {again}")


class CsrfRefused(Forbidden):
    """A request by cookie lacks the token that only the installation's own pages know."""

    slug = "csrf-refused"

    def __init__(self) -> None:
        super().__init__(
            "Requests that change something and are signed in by cookie carry the header `X-CSRF-Token` "
            "with `csrf_token` from the sign-in. Send it, or use `Authorization: Bearer`."
        )


class RegistrationClosed(Forbidden):
    """The installation does not let this person register."""

    slug = "registration-closed"

    def __init__(self, *, by_invitation: bool) -> None:
        super().__init__(
            "Registering here needs an invitation: send its token as `invitation`, or ask for one."
            if by_invitation
            else "Nobody can register here. Ask an administrator of this installation for an account."
        )


class WeakPassword(Invalid):
    """The password is too short, too long, or among the first that an attacker tries."""

    slug = "weak-password"

    def __init__(self, why: str) -> None:
        super().__init__(f"Choose another password: {why}.", field="password")


class PasswordsBusy(Busy):
    """More passwords wait to be checked than the machine gets through in a few seconds."""

    slug = "passwords-busy"

    def __init__(self) -> None:
        super().__init__("Too many people sign in at this moment. Try again in a few seconds.")


class EmailTaken(Conflict):
    """There is an account with this e-mail. Told to administrators only."""

    slug = "email-taken"

    def __init__(self) -> None:
        super().__init__("There is an account with this e-mail already. Change that one, or use another.")


class UserNotFound(NotFound):
    """There is no such person, or not any more."""

    slug = "user-not-found"

    def __init__(self, who: UUID | str) -> None:
        super().__init__(f"There is no user {str(who)[:80]!r}. `GET /api/admin/users` lists them.")


class SessionNotFound(NotFound):
    """The caller has no such session."""

    slug = "session-not-found"

    def __init__(self, session_id: UUID) -> None:
        super().__init__(f"You have no session {session_id}. `GET /api/users/me/sessions` lists yours.")


class LastAdministrator(Conflict):
    """Nobody would be left to administer the installation."""

    slug = "last-administrator"

    def __init__(self) -> None:
        super().__init__("This is the last administrator. Make somebody else one first.")


class AlreadySetUp(Conflict):
    """The installation has an administrator: the first one cannot be made again."""

    slug = "already-set-up"

    def __init__(self) -> None:
        super().__init__(
            "This installation has an administrator. Sign in, or let that person change your role."
        )
