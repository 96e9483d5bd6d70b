"""`/api/register`, `/api/users/me`, forgotten passwords, confirmed e-mails, and the first administrator."""

from fastapi import APIRouter, Request, Response

from surtitle.accounts.registration import NewPerson
from surtitle.api.access import PUBLIC, SignedIn
from surtitle.api.asked_language import asked_language
from surtitle.api.dependencies import Accounts, Address
from surtitle.api.native.account_schemas import (
    AcceptedDocument,
    AccountChanges,
    EmailConfirmation,
    PasswordChange,
    RegisteredDocument,
    RegisterRequest,
    ResetConfirmation,
    ResetRequest,
    SetupRequest,
    UserDocument,
)
from surtitle.api.openapi import problems

router = APIRouter(tags=["accounts"])


@router.post("/api/register", dependencies=[PUBLIC], status_code=201, responses=problems(404, 409, 429))
async def register(
    wish: RegisterRequest, request: Request, people: Accounts, address: Address
) -> RegisteredDocument:
    """Make an account. The answer does not tell whether the address has one."""
    invitation = wish.invitation.get_secret_value() if wish.invitation else None
    language = asked_language(request)
    person = NewPerson(wish.email, wish.password.get_secret_value(), wish.name, invitation, language)
    return RegisteredDocument.of(await people.registration.register(person, address))


@router.post("/api/email/confirm", dependencies=[PUBLIC], status_code=204, responses=problems(409))
async def confirm_email(wish: EmailConfirmation, people: Accounts, address: Address) -> Response:
    """Say that a mail has come: the address is the account's from now on."""
    await people.confirmations.confirm(wish.token.get_secret_value(), address)
    return Response(status_code=204)


@router.post("/api/password-reset", dependencies=[PUBLIC], status_code=202, responses=problems(409, 429))
async def ask_for_reset(wish: ResetRequest, people: Accounts, address: Address) -> AcceptedDocument:
    """Ask for a link to set a new password. The answer does not tell whether there is such an account."""
    await people.password_resets.ask(wish.email, address)
    return AcceptedDocument(detail="If there is an account with this e-mail, a link is on its way to it.")


@router.post(
    "/api/password-reset/confirm", dependencies=[PUBLIC], status_code=204, responses=problems(409, 429)
)
async def confirm_reset(wish: ResetConfirmation, people: Accounts, address: Address) -> Response:
    """Set a new password with the link's token. Everybody who used the account is signed out."""
    token, password = wish.token.get_secret_value(), wish.password.get_secret_value()
    await people.password_resets.confirm(token, password, address)
    return Response(status_code=204)


@router.post("/api/setup", dependencies=[PUBLIC], status_code=201, responses=problems(409, 429))
async def set_up(wish: SetupRequest, request: Request, people: Accounts, address: Address) -> UserDocument:
    """Make the first administrator, with the token that the log of a server without one shows."""
    token, password = wish.token.get_secret_value(), wish.password.get_secret_value()
    language = asked_language(request)
    return UserDocument.of(await people.setup.complete(token, wish.email, password, address, language))


@router.get("/api/users/me", responses=problems(409))
async def show_me(people: Accounts, caller: SignedIn) -> UserDocument:
    """The account of whoever asks."""
    return UserDocument.of(await people.users.get(caller.user_id))


@router.patch("/api/users/me", responses=problems(404, 409, 429))
async def change_me(
    changes: AccountChanges, people: Accounts, address: Address, caller: SignedIn
) -> UserDocument:
    """Change the account. A new e-mail gets a mail with a link; until that is followed, the old one stays."""
    if changes.default_project_id is not None:
        await people.projects.make_default(caller, changes.default_project_id)
    if changes.email is not None and changes.password is not None:
        password = changes.password.get_secret_value()
        await people.own_account.ask_for_email(caller, changes.email, password, address)
    return UserDocument.of(await people.users.get(caller.user_id))


@router.post("/api/users/me/password", status_code=204, responses=problems(409, 429))
async def change_password(
    wish: PasswordChange, people: Accounts, address: Address, caller: SignedIn
) -> Response:
    """Set a new password. All other sessions end; this one goes on."""
    present, new = wish.current_password.get_secret_value(), wish.new_password.get_secret_value()
    await people.own_account.change_password(caller, present, new, address)
    return Response(status_code=204)
