"""People who have a password, and a second factor; cheap ones, as far as hashing goes."""

import pyotp
from tests.api.accounts import EMAIL, PASSWORD
from tests.api.installation import Installation
from tests.api.people import Somebody, person

from surtitle.accounts.access import Role
from surtitle.config import AccountSettings
from surtitle.db.account_models import User

CHEAP = AccountSettings(password_passes=1, password_memory_kib=8)


async def with_password(api: Installation, email: str = EMAIL, role: Role = Role.USER) -> Somebody:
    """Somebody who is signed in and could sign in with `PASSWORD`."""
    somebody = await person(api, email, role)
    async with api.services.database.writing() as session:
        user = await session.get_one(User, somebody.id)
        user.password_hash = await api.services.people.own_account._passwords.chosen(PASSWORD, email)
    return somebody


async def switched_on(somebody: Somebody) -> tuple[str, list[str]]:
    """Their second factor, on: the app's secret, and the recovery codes."""
    begun = await somebody.does("/api/users/me/second-factor", {"password": PASSWORD})
    code = pyotp.TOTP(begun["secret"]).now()
    on = await somebody.does("/api/users/me/second-factor/confirm", {"code": code}, status=200)
    return begun["secret"], on["recovery_codes"]
