"""`/app/account`: who one is here. `/app/account/profiles`: one's further ways of working."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from babel.core import Locale, UnknownLocaleError
from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from surtitle.accounts.access import Principal
from surtitle.accounts.people import People
from surtitle.accounts.profiles import NewProfile, ProfileNotFound
from surtitle.api.access import SignedIn
from surtitle.api.dependencies import Address
from surtitle.api.native.account_schemas import Email, Password
from surtitle.api.native.profiles import Language, TimeZone
from surtitle.api.native.project_schemas import Name
from surtitle.db.account_models import Profile
from surtitle.errors import SurtitleError
from surtitle.web.account.shared import (
    ACCOUNT,
    PROFILE,
    PROFILES,
    OwnPeople,
    done,
    refusal_of,
    section_page,
)
from surtitle.web.catalogues import LANGUAGES
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.preferences import remember
from surtitle.web.sentences import Refusal
from surtitle.web.view import LANGUAGE_COOKIE

router = APIRouter(prefix="/account", dependencies=[FORM_TOKEN])

UTC = "UTC"
_PLACES = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


class ProfileForm(BaseModel):
    """A profile, whole."""

    name: Name
    language: Language
    time_zone: TimeZone
    main: bool = False
    """Whether it was filled in on the first page of the account."""


class EmailForm(BaseModel):
    """Another address, proved by the password."""

    email: Email
    password: Password


@router.get("")
async def show_profile(request: Request, caller: SignedIn, people: OwnPeople) -> Response:
    """Name, language, time zone, address."""
    return await _profile_page(request, caller, people)


@router.post("/email")
async def ask_for_email(
    form: Annotated[EmailForm, Form()],
    request: Request,
    caller: SignedIn,
    people: OwnPeople,
    address: Address,
) -> Response:
    """Have a letter sent to another address."""
    try:
        await people.own_account.ask_for_email(caller, form.email, form.password.get_secret_value(), address)
    except SurtitleError as error:
        refusal = await refusal_of(request, error, "email")
        return await _profile_page(request, caller, people, refusal=refusal, email=form.email)
    return done(PROFILE, "email")


@router.get("/profiles")
async def list_profiles(request: Request, caller: SignedIn, people: OwnPeople) -> Response:
    """All, and a form for another one."""
    return await _profiles_page(request, caller, people)


@router.post("/profiles")
async def create_profile(
    form: Annotated[ProfileForm, Form()], request: Request, caller: SignedIn, people: OwnPeople
) -> Response:
    """Another profile."""
    try:
        await people.profiles.create(caller, NewProfile(form.name, form.language, form.time_zone))
    except SurtitleError as error:
        refusal = await refusal_of(request, error, "create")
        return await _profiles_page(request, caller, people, refusal, form)
    return done(PROFILES, "created")


@router.get("/profiles/{profile_id}")
async def show_one(profile_id: UUID, request: Request, caller: SignedIn, people: OwnPeople) -> Response:
    """One profile, to be changed."""
    profile = _one(await people.profiles.list(caller), profile_id)
    return await section_page(request, PROFILES, "one_profile.html", profile=profile, **choices(profile))


@router.post("/profiles/{profile_id}")
async def change_profile(
    profile_id: UUID,
    form: Annotated[ProfileForm, Form()],
    request: Request,
    caller: SignedIn,
    people: OwnPeople,
) -> Response:
    """Change it. The default one's language is that of the pages from now on, in this browser too."""
    wanted = {"name": form.name, "language": form.language, "time_zone": form.time_zone}
    try:
        profile = await people.profiles.change(caller, profile_id, wanted)
    except SurtitleError as error:
        refusal = await refusal_of(request, error)
        if form.main:
            return await _profile_page(request, caller, people, refusal=refusal)
        profile = _one(await people.profiles.list(caller), profile_id)
        return await section_page(
            request, PROFILES, "one_profile.html", refusal=refusal, profile=profile, **choices(profile)
        )
    answer = done(PROFILE if form.main else PROFILES)
    if profile.is_default:
        _speak(request, answer, profile)
    return answer


@router.post("/profiles/{profile_id}/default")
async def make_default(profile_id: UUID, request: Request, caller: SignedIn, people: OwnPeople) -> Response:
    """Go by this profile where nothing names another."""
    answer = done(PROFILES)
    _speak(request, answer, await people.profiles.make_default(caller, profile_id))
    return answer


@router.post("/profiles/{profile_id}/delete")
async def delete_profile(profile_id: UUID, request: Request, caller: SignedIn, people: OwnPeople) -> Response:
    """Delete one that is not the default."""
    try:
        await people.profiles.delete(caller, profile_id)
    except SurtitleError as error:
        return await _profiles_page(request, caller, people, await refusal_of(request, error))
    return done(PROFILES, "deleted")


def choices(profile: Profile | None = None) -> dict[str, Any]:
    """What the fields of a profile offer; what it has already is among them."""
    tags = dict(LANGUAGES)
    if profile is not None and profile.language not in tags:
        tags[profile.language] = _own_name(profile.language)
    zone = profile.time_zone if profile is not None else UTC
    return {"tags": tags, "zones": _zones(), "extra_zone": "" if zone in _known_zones() else zone}


async def _profile_page(
    request: Request,
    caller: Principal,
    people: People,
    *,
    refusal: Refusal | None = None,
    email: str = "",
) -> Response:
    user = await people.users.get(caller.user_id)
    profile = next(one for one in await people.profiles.list(caller) if one.is_default)
    return await section_page(
        request,
        PROFILE,
        "profile.html",
        refusal=refusal,
        user=user,
        profile=profile,
        email=email,
        change_address=f"{ACCOUNT}/profiles/{profile.id}",
        **choices(profile),
    )


async def _profiles_page(
    request: Request,
    caller: Principal,
    people: People,
    refusal: Refusal | None = None,
    form: ProfileForm | None = None,
) -> Response:
    profiles = await people.profiles.list(caller)
    return await section_page(
        request, PROFILES, "profiles.html", refusal=refusal, profiles=profiles, form=form, **choices()
    )


def _one(profiles: Sequence[Profile], profile_id: UUID) -> Profile:
    found = next((one for one in profiles if one.id == profile_id), None)
    if found is None:
        raise ProfileNotFound(profile_id)
    return found


def _speak(request: Request, answer: Response, profile: Profile) -> None:
    primary = profile.language.partition("-")[0]
    if primary in LANGUAGES:
        remember(request, answer, LANGUAGE_COOKIE, primary)


def _own_name(tag: str) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name() or tag
    except (UnknownLocaleError, ValueError):
        return tag


@cache
def _zones() -> dict[str, list[str]]:
    """By continent; names that stand for others' sake (`US/Pacific`, `Etc/…`) are left out."""
    names = sorted(available_timezones())
    found = {place: [name for name in names if name.startswith(f"{place}/")] for place in _PLACES}
    return {place: named for place, named in found.items() if named}


@cache
def _known_zones() -> frozenset[str]:
    return frozenset({UTC}.union(*_zones().values()))
