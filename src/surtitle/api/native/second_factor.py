"""`/api/users/me/second-factor`: codes of an authenticator app at sign-in, and recovery codes."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from surtitle.accounts.own_second_factor import Enrolment, FactorState, Proof
from surtitle.api.access import Administers, SignedIn
from surtitle.api.dependencies import Accounts, Address
from surtitle.api.native.account_schemas import Code, Password, Wish
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import problems

router = APIRouter(tags=["second factor"])

_MINE = "/api/users/me/second-factor"


class PasswordAgain(Wish):
    """The present password."""

    password: Password


class CodeShown(Wish):
    """The six digits that the app shows."""

    code: Code


class PasswordAndCode(Wish):
    """The present password, and a code of the app or a recovery code, which is used up."""

    password: Password
    code: Code

    def proof(self) -> Proof:
        return Proof(self.password.get_secret_value(), self.code)


class SecondFactorDocument(Document):
    """Whether a code is asked for at sign-in."""

    on: bool
    since: datetime | None
    recovery_codes_left: int

    @classmethod
    def of(cls, state: FactorState) -> "SecondFactorDocument":
        return cls(on=state.on, since=state.since, recovery_codes_left=state.recovery_codes_left)


class EnrolmentDocument(Document):
    """For the authenticator app. Not shown again."""

    secret: str = Field(description="To be typed into the app (base32).")
    uri: str = Field(description="To be shown as a QR code (`otpauth://`).")

    @classmethod
    def of(cls, enrolment: Enrolment) -> "EnrolmentDocument":
        return cls(secret=enrolment.secret, uri=enrolment.uri)


class RecoveryCodesDocument(Document):
    """Each stands in for the app once. Not shown again: keep them where the app is not."""

    recovery_codes: list[str]


@router.get(_MINE, responses=problems(409))
async def show_second_factor(people: Accounts, caller: SignedIn) -> SecondFactorDocument:
    """Whether one has a second factor."""
    return SecondFactorDocument.of(await people.own_second_factor.state(caller))


@router.post(_MINE, status_code=201, responses=problems(409, 429))
async def begin_second_factor(
    wish: PasswordAgain, people: Accounts, caller: SignedIn, address: Address
) -> EnrolmentDocument:
    """Get a secret for an authenticator app. It counts once it is confirmed."""
    password = wish.password.get_secret_value()
    return EnrolmentDocument.of(await people.own_second_factor.begin(caller, password, address))


@router.post(f"{_MINE}/confirm", responses=problems(409))
async def confirm_second_factor(
    wish: CodeShown, people: Accounts, caller: SignedIn, address: Address
) -> RecoveryCodesDocument:
    """Switch the second factor on, with a code of the app. The answer holds the recovery codes."""
    codes = await people.own_second_factor.confirm(caller, wish.code, address)
    return RecoveryCodesDocument(recovery_codes=list(codes))


@router.post(f"{_MINE}/recovery-codes", responses=problems(409, 429))
async def renew_recovery_codes(
    wish: PasswordAndCode, people: Accounts, caller: SignedIn, address: Address
) -> RecoveryCodesDocument:
    """Ten new recovery codes in place of those that are left."""
    codes = await people.own_second_factor.renew_recovery_codes(caller, wish.proof(), address)
    return RecoveryCodesDocument(recovery_codes=list(codes))


@router.delete(_MINE, status_code=204, responses=problems(409, 429))
async def switch_second_factor_off(
    wish: PasswordAndCode, people: Accounts, caller: SignedIn, address: Address
) -> Response:
    """Ask for no code any more."""
    await people.own_second_factor.switch_off(caller, wish.proof(), address)
    return Response(status_code=204)


@router.delete("/api/admin/users/{user_id}/second-factor", status_code=204, responses=problems(404, 409))
async def switch_persons_second_factor_off(
    user_id: UUID, people: Accounts, caller: Administers, address: Address
) -> Response:
    """For a person who has lost both the app and the recovery codes. Be sure that it is them who ask."""
    await people.own_second_factor.switch_off_for(caller, user_id, address)
    return Response(status_code=204)
