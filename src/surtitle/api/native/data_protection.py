"""Taking along what one has here, erasing it, and what became of erasures."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from surtitle.accounts.audit import Deed
from surtitle.accounts.erasure import Mode, report_of
from surtitle.api.access import Administers, SignedIn, Supports
from surtitle.api.dependencies import Accounts, Address, Cursor, Limit, Use
from surtitle.api.downloads import content_disposition
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import file_answer, problems
from surtitle.db.account_models import Erasure
from surtitle.paging import Page

router = APIRouter(tags=["data protection"])

# A running job stops within a second; who waits longer has the rest done without waiting.
PATIENCE_SECONDS = 2.0
_LATER: dict[int | str, dict[str, Any]] = {
    202: {"description": "Closed and begun; work under way has to stop first."}
}


class ErasureWish(BaseModel):
    """What is to become of what the person made where others work too."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"mode": "erase"}})

    mode: Mode = Field(
        Mode.ERASE, description="`anonymise` leaves it to the others, without the person's name."
    )


class OwnErasureWish(ErasureWish):
    """With the password, or with nothing in the first minutes after signing in."""

    password: SecretStr | None = Field(None, max_length=1024)
    code: str | None = Field(None, max_length=64, description="Of the second factor, where there is one.")


class ErasureDocument(Document):
    """A report of what was erased; who it was is not kept."""

    id: UUID
    user_id: UUID
    mode: Mode
    erased: dict[str, int] = Field(description="How many of each kind.")
    created_at: datetime
    finished_at: datetime | None = Field(description="Null as long as some of it has to wait.")

    @classmethod
    def of(cls, erasure: Erasure) -> "ErasureDocument":
        return cls(
            id=erasure.id,
            user_id=erasure.user_id,
            mode=Mode(erasure.mode),
            erased=report_of(erasure),
            created_at=erasure.created_at,
            finished_at=erasure.finished_at,
        )


class ErasurePage(Document):
    """Erasures, the newest first."""

    items: list[ErasureDocument]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[Erasure]) -> "ErasurePage":
        return cls(items=[ErasureDocument.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.get(
    "/api/users/me/export",
    response_class=StreamingResponse,
    responses={200: file_answer("Everything, as a zip.", "application/zip"), **problems(409)},
)
async def export_own_data(
    use: Use, caller: SignedIn, accounts: Accounts, address: Address
) -> StreamingResponse:
    """All that is held of you: account, recordings, transcripts, jobs and their files, and who did what."""
    user = await accounts.users.get(caller.user_id)
    pieces = await use.data_protection.export.begin(user.id)
    await use.audit.tell(Deed("data.exported", caller, address, "user", user.id))
    headers = {
        "Content-Disposition": content_disposition("attachment", "surtitle-export.zip"),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.delete("/api/users/me", responses={**_LATER, **problems(409, 429)})
async def erase_own_account(
    *,
    use: Use,
    caller: SignedIn,
    accounts: Accounts,
    address: Address,
    response: Response,
    wish: Annotated[OwnErasureWish | None, Body()] = None,
) -> ErasureDocument:
    """Erase yourself and all that you made. Nobody can bring it back.

    Without a body that is what happens, in the first 15 minutes after signing in.
    """
    wish = wish or OwnErasureWish(mode=Mode.ERASE, password=None, code=None)
    password = wish.password.get_secret_value() if wish.password else None
    await accounts.fresh_proof.require(caller, password, wish.code, address)
    assert caller.user_id is not None
    begun = await use.data_protection.erasures.begin(caller, caller.user_id, wish.mode, address)
    return await _ended(use, begun, response)


@router.delete("/api/admin/users/{user_id}", responses={**_LATER, **problems(404, 409)})
async def erase_user(
    *,
    user_id: UUID,
    use: Use,
    caller: Administers,
    _accounts: Accounts,
    address: Address,
    response: Response,
    wish: Annotated[ErasureWish | None, Body()] = None,
) -> ErasureDocument:
    """Erase a person who asked for it. The last administrator stays."""
    mode = wish.mode if wish else Mode.ERASE
    return await _ended(
        use, await use.data_protection.erasures.begin(caller, user_id, mode, address), response
    )


@router.get("/api/admin/erasures")
async def list_erasures(use: Use, _caller: Supports, cursor: Cursor = None, limit: Limit = 50) -> ErasurePage:
    """What was erased when, the newest first."""
    return ErasurePage.of(await use.data_protection.erasures.page(cursor, limit))


async def _ended(use: Use, begun: Erasure, response: Response) -> ErasureDocument:
    erasure = await use.data_protection.erasures.go_on(begun.id, PATIENCE_SECONDS)
    if erasure.finished_at is None:
        response.status_code = 202
    return ErasureDocument.of(erasure)
