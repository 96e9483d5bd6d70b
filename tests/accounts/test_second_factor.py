"""The second factor: on, asked for, used up, off."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from sqlalchemy import select
from tests.migrated import with_tables

from surtitle.accounts.access import OWNER_OF_MACHINE, Principal
from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.counters import BoundedCounters
from surtitle.accounts.errors import PersonalInstallation, WrongPassword
from surtitle.accounts.letter_limits import LetterLimits
from surtitle.accounts.own_second_factor import OwnSecondFactor, Proof
from surtitle.accounts.people import open_people
from surtitle.accounts.second_factor import (
    SecondFactor,
    SecondFactorIsOff,
    SecondFactorIsOn,
    SecondFactorRequired,
    WrongCode,
)
from surtitle.accounts.secrets import open_secrets
from surtitle.accounts.throttle import Throttle, TooManyAttempts
from surtitle.accounts.tokens import AccessTokens
from surtitle.config import AccountSettings, Settings
from surtitle.db.account_models import AuditEvent, User
from surtitle.db.engine import Database
from surtitle.notifications.post import LogPost

STEP = timedelta(seconds=30)
PASSWORD = "a long enough sentence"
CHEAP = AccountSettings(password_passes=1, password_memory_kib=8)


@dataclass
class Desk:
    """A person, the second factor, and a clock that stands where it is put."""

    database: Database
    settings: Settings
    now: datetime = datetime(2026, 1, 31, 12, 0, 5, tzinfo=UTC)

    def __post_init__(self) -> None:
        secrets = open_secrets(self.settings)
        audit = AuditTrail(self.database, secrets)
        tokens, throttle = (
            AccessTokens(self.database, secrets, 60),
            Throttle(BoundedCounters()),
        )
        self.people = open_people(
            self.settings,
            self.database,
            secrets=secrets,
            audit=audit,
            tokens=tokens,
            authenticator=Authenticator(self.database, tokens, 0),
            throttle=throttle,
            post=LogPost(self.settings),
            letter_limits=LetterLimits(BoundedCounters()),
        )
        self.factor = SecondFactor(secrets, audit, clock=lambda: self.now)
        self.own = OwnSecondFactor(
            self.database,
            audit,
            second_factor=self.factor,
            own_account=self.people.own_account,
            throttle=throttle,
        )

    async def add(self, email: str) -> Principal:
        async with self.database.writing() as session:
            hashed = await self.people.own_account._passwords.chosen(PASSWORD, email)
            user = await self.people.users.add(session, email, password_hash=hashed)
        return Principal(user_id=user.id)

    async def sign_in(self, by: Principal, code: str | None) -> None:
        """What a login does once the password was right."""
        async with self.database.writing() as session:
            user = await session.get_one(User, by.user_id)
            await self.factor.require(session, user, code)

    async def switch_on(self, by: Principal) -> tuple[pyotp.TOTP, list[str]]:
        enrolment = await self.own.begin(by, PASSWORD, None)
        app = pyotp.TOTP(enrolment.secret)
        codes = await self.own.confirm(by, app.at(self.now), None)
        # The code that confirmed it is used up.
        self.now += STEP
        return app, list(codes)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    settings = Settings(data_dir=tmp_path, accounts=CHEAP, _env_file=None)
    database = Database(settings.effective_database_url)
    await with_tables(database)
    yield Desk(database, settings)
    await database.close()


@pytest.fixture
async def ada(desk: Desk) -> Principal:
    return await desk.add("Ada@example.org")


async def test_nobody_is_asked_before_the_factor_is_confirmed(desk: Desk, ada: Principal) -> None:
    await desk.sign_in(ada, None)
    await desk.own.begin(ada, PASSWORD, None)
    await desk.sign_in(ada, None)


async def test_the_secret_is_told_once_in_a_form_for_apps_and_kept_sealed(desk: Desk, ada: Principal) -> None:
    enrolment = await desk.own.begin(ada, PASSWORD, None)
    uri = urlsplit(enrolment.uri)
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", "/Surtitle:Ada@example.org")
    assert parse_qs(uri.query)["secret"] == [enrolment.secret]
    async with desk.database.reading() as session:
        user = await session.get_one(User, ada.user_id)
    assert user.totp_sealed is not None
    assert enrolment.secret not in user.totp_sealed


async def test_a_code_counts_once_and_so_does_an_older_one(desk: Desk, ada: Principal) -> None:
    app, _ = await desk.switch_on(ada)
    code = app.at(desk.now)
    await desk.sign_in(ada, f" {code[:3]} {code[3:]} ")
    for used in (code, app.at(desk.now - STEP)):
        with pytest.raises(WrongCode):
            await desk.sign_in(ada, used)


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_a_clock_may_be_a_step_off(desk: Desk, ada: Principal, steps: int) -> None:
    app, _ = await desk.switch_on(ada)
    desk.now += 5 * STEP
    await desk.sign_in(ada, app.at(desk.now + steps * STEP))


@pytest.mark.parametrize("steps", [-2, 2])
async def test_a_clock_may_not_be_two_steps_off(desk: Desk, ada: Principal, steps: int) -> None:
    app, _ = await desk.switch_on(ada)
    desk.now += 5 * STEP
    with pytest.raises(WrongCode):
        await desk.sign_in(ada, app.at(desk.now + steps * STEP))


async def test_of_two_sign_ins_with_one_code_at_the_same_time_one_wins(desk: Desk, ada: Principal) -> None:
    app, recovery = await desk.switch_on(ada)
    for code in (app.at(desk.now), recovery[0]):
        results = await asyncio.gather(*(desk.sign_in(ada, code) for _ in range(4)), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["NoneType", *["WrongCode"] * 3]


async def test_a_recovery_code_stands_in_once_however_it_is_typed(desk: Desk, ada: Principal) -> None:
    _, recovery = await desk.switch_on(ada)
    assert len(set(recovery)) == 10
    await desk.sign_in(ada, recovery[3].lower().replace("-", " "))
    with pytest.raises(WrongCode):
        await desk.sign_in(ada, recovery[3])
    assert (await desk.own.state(ada)).recovery_codes_left == 9


@pytest.mark.parametrize("code", ["000000", "١٢٣٤٥٦", "'; DROP TABLE users; --", "x" * 10_000, "\0", "--"])
async def test_what_is_no_code_is_refused(desk: Desk, ada: Principal, code: str) -> None:
    await desk.switch_on(ada)
    with pytest.raises(WrongCode):
        await desk.sign_in(ada, code)


@pytest.mark.parametrize("code", [None, ""])
async def test_without_a_code_one_is_asked_for(desk: Desk, ada: Principal, code: str | None) -> None:
    await desk.switch_on(ada)
    with pytest.raises(SecondFactorRequired):
        await desk.sign_in(ada, code)


async def test_another_persons_recovery_code_is_none(desk: Desk, ada: Principal) -> None:
    _, recovery = await desk.switch_on(ada)
    eve = await desk.add("eve@example.org")
    await desk.switch_on(eve)
    with pytest.raises(WrongCode):
        await desk.sign_in(eve, recovery[0])


async def test_a_wrong_code_confirms_nothing(desk: Desk, ada: Principal) -> None:
    enrolment = await desk.own.begin(ada, PASSWORD, None)
    with pytest.raises(WrongCode):
        await desk.own.confirm(ada, pyotp.TOTP(enrolment.secret).at(0), None)
    await desk.sign_in(ada, None)


async def test_a_factor_that_is_on_cannot_be_replaced_by_beginning_anew(desk: Desk, ada: Principal) -> None:
    app, _ = await desk.switch_on(ada)
    with pytest.raises(SecondFactorIsOn):
        await desk.own.begin(ada, PASSWORD, None)
    await desk.sign_in(ada, app.at(desk.now))


async def test_new_recovery_codes_void_the_old_ones(desk: Desk, ada: Principal) -> None:
    app, old = await desk.switch_on(ada)
    new = await desk.own.renew_recovery_codes(ada, Proof(PASSWORD, app.at(desk.now)), None)
    with pytest.raises(WrongCode):
        await desk.sign_in(ada, old[0])
    await desk.sign_in(ada, new[0])


async def test_switched_off_it_leaves_nothing_and_its_history_is_in_the_trail(
    desk: Desk, ada: Principal
) -> None:
    app, recovery = await desk.switch_on(ada)
    with pytest.raises(WrongPassword):
        await desk.own.switch_off(ada, Proof("another password", app.at(desk.now)), None)
    with pytest.raises(WrongCode):
        await desk.own.switch_off(ada, Proof(PASSWORD, "000000"), None)
    await desk.sign_in(ada, recovery[0])
    await desk.own.switch_off(ada, Proof(PASSWORD, app.at(desk.now)), "192.0.2.7")
    await desk.sign_in(ada, None)
    assert (await desk.own.state(ada)).recovery_codes_left == 0
    with pytest.raises(SecondFactorIsOff):
        await desk.own.switch_off(ada, Proof(PASSWORD, app.at(desk.now)), None)
    async with desk.database.reading() as session:
        told = list(await session.scalars(select(AuditEvent.action).order_by(AuditEvent.number)))
    assert told == [
        "project.created",
        "second-factor.switched-on",
        "password.refused",
        "recovery-code.used",
        "second-factor.switched-off",
    ]


async def test_who_has_the_password_cannot_guess_at_the_code_for_long(desk: Desk, ada: Principal) -> None:
    app, _ = await desk.switch_on(ada)
    for _ in range(6):
        with pytest.raises(WrongCode):
            await desk.own.switch_off(ada, Proof(PASSWORD, "000000"), "192.0.2.7")
    with pytest.raises(TooManyAttempts):
        await desk.own.switch_off(ada, Proof(PASSWORD, app.at(desk.now)), "198.51.100.7")


async def test_an_administrator_switches_it_off_for_who_lost_everything(desk: Desk, ada: Principal) -> None:
    await desk.switch_on(ada)
    assert ada.user_id is not None
    await desk.own.switch_off_for(Principal(), ada.user_id, None)
    await desk.sign_in(ada, None)


async def test_the_owner_of_a_machine_has_none(desk: Desk) -> None:
    with pytest.raises(PersonalInstallation):
        await desk.own.state(OWNER_OF_MACHINE)
