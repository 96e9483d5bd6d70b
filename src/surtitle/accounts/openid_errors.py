"""What can go wrong when somebody signs in through an OpenID Connect provider."""

from surtitle.errors import Conflict, Forbidden, NotFound, Unauthenticated, Unavailable


class OpenIdOff(NotFound):
    """No OpenID Connect provider is set in this installation."""

    slug = "openid-off"

    def __init__(self) -> None:
        super().__init__(
            "No OpenID Connect provider is set here. Sign in with a password, or have the operator set "
            "SURTITLE_OPENID__ISSUER."
        )


class ProviderAway(Unavailable):
    """The OpenID Connect provider does not answer, or not as one."""

    slug = "openid-provider-away"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The OpenID Connect provider cannot be used now: {why}. Try again, or sign in with a password."
        )


class SignInLost(Unauthenticated):
    """The sign-in was not begun in this browser, or too long ago."""

    slug = "openid-sign-in-lost"

    def __init__(self) -> None:
        super().__init__(
            "This sign-in was not begun in this browser, or too long ago, or another was begun since. Begin "
            "again at `/api/openid/login`."
        )


class SignInRefused(Unauthenticated):
    """The provider did not let the person in, or what it says of them cannot be trusted."""

    slug = "openid-refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"The OpenID Connect provider did not sign you in: {why}. Begin again.")


class AccountNotOpen(Forbidden):
    """The person has an account here that an administrator has closed."""

    slug = "account-not-open"

    def __init__(self) -> None:
        super().__init__("Your account here is not open. Ask an administrator of this installation.")


class EmailNotVerified(Forbidden):
    """An account needs an e-mail that the provider has verified."""

    slug = "openid-email-not-verified"

    def __init__(self) -> None:
        super().__init__(
            "The provider does not say that your e-mail is verified, which an account here needs. Verify it "
            "there, or ask the operator to let the provider send the claims `email` and `email_verified`."
        )


class AccountHasEmail(Conflict):
    """There is an account with this e-mail that is not linked with the provider."""

    slug = "openid-account-not-linked"

    def __init__(self) -> None:
        super().__init__(
            "There is an account with your e-mail already, and it is not linked with the provider. Sign in "
            "with its password, then link it: `POST /api/users/me/identities`."
        )


class IdentityTaken(Conflict):
    """The person at the provider is linked with another account here."""

    slug = "openid-identity-taken"

    def __init__(self) -> None:
        super().__init__(
            "At the provider you are somebody who has another account here. Unlink it there first."
        )


class IdentityNotFound(NotFound):
    """The caller has no such identity."""

    slug = "identity-not-found"

    def __init__(self, identity_id: str) -> None:
        super().__init__(
            f"You have no identity {identity_id[:64]!r}. `GET /api/users/me/identities` lists yours."
        )


class LastWayIn(Conflict):
    """Without this identity the person could sign in no more."""

    slug = "last-way-in"

    def __init__(self) -> None:
        super().__init__(
            "You have no password and no other identity: without this one you could not sign in any more. "
            "Get a password first: `POST /api/password-reset`."
        )
