"""That it is really the person, before something is done that cannot be undone."""

from datetime import timedelta

from surtitle.accounts.access import Principal
from surtitle.accounts.errors import PersonalInstallation
from surtitle.accounts.own_account import OwnAccount
from surtitle.accounts.second_factor import SecondFactor, guessed
from surtitle.accounts.throttle import Throttle
from surtitle.accounts.users import existing
from surtitle.clock import utc_now
from surtitle.db.account_models import Session
from surtitle.db.engine import Database
from surtitle.errors import Unauthenticated

FRESH_FOR = timedelta(minutes=15)
"""A sign-in proves who somebody is for so long; a session that goes on for days could be found open."""


class NotFreshlySignedIn(Unauthenticated):
    """The sign-in is too long ago for something that cannot be undone."""

    slug = "not-freshly-signed-in"

    def __init__(self) -> None:
        super().__init__(
            "This cannot be undone, so say again who you are: send your `password` (and, with a second "
            f"factor, `code`), or sign in again and repeat it within {FRESH_FOR.seconds // 60} minutes."
        )


class FreshProof:
    """Takes the password, or a sign-in of the last minutes."""

    def __init__(
        self, database: Database, own_account: OwnAccount, second_factor: SecondFactor, throttle: Throttle
    ) -> None:
        self._database = database
        self._throttle = throttle
        self._own_account = own_account
        self._second_factor = second_factor

    async def require(
        self, by: Principal, password: str | None, code: str | None, address: str | None
    ) -> None:
        """Raises `NotFreshlySignedIn`, `WrongPassword`, `SecondFactorRequired`, `WrongCode`,
        `TooManyAttempts`, and `PersonalInstallation` where there are no accounts.
        """
        if by.user_id is None:
            raise PersonalInstallation
        if password is None:
            await self._require_fresh_session(by)
            return
        user = await self._own_account.proved(by, password, address)
        async with guessed(self._throttle, user.id), self._database.writing() as session:
            await self._second_factor.require(session, await existing(session, user.id, hold=True), code)

    async def _require_fresh_session(self, by: Principal) -> None:
        async with self._database.reading() as database:
            session = await database.get(Session, by.session_id) if by.session_id else None
        if session is None or utc_now() - session.created_at > FRESH_FOR:
            raise NotFreshlySignedIn
