"""All that concerns who uses an installation, built together."""

from dataclasses import dataclass

from surtitle.accounts.api_keys import ApiKeys
from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.confirmations import Confirmations
from surtitle.accounts.fresh_proof import FreshProof
from surtitle.accounts.identities import Identities
from surtitle.accounts.invitations import Invitations
from surtitle.accounts.letter_limits import LetterLimits
from surtitle.accounts.letters import Letters
from surtitle.accounts.members import Members
from surtitle.accounts.openid import OpenId
from surtitle.accounts.openid_accounts import OpenIdAccounts
from surtitle.accounts.openid_provider import OpenIdProvider
from surtitle.accounts.own_account import OwnAccount
from surtitle.accounts.own_second_factor import OwnSecondFactor
from surtitle.accounts.password_resets import PasswordResets
from surtitle.accounts.passwords import Passwords
from surtitle.accounts.post import Post
from surtitle.accounts.profiles import Profiles
from surtitle.accounts.projects import Projects
from surtitle.accounts.registration import Registration
from surtitle.accounts.second_factor import SecondFactor
from surtitle.accounts.secrets import Secrets
from surtitle.accounts.sessions import Sessions
from surtitle.accounts.setup import Setup
from surtitle.accounts.sign_in import SignIn
from surtitle.accounts.throttle import Throttle
from surtitle.accounts.tokens import AccessTokens
from surtitle.accounts.users import Users
from surtitle.config import Settings
from surtitle.db.engine import Database


@dataclass(frozen=True, slots=True)
class People:
    """Accounts, how one comes in, and what belongs to a person."""

    users: Users
    sessions: Sessions
    sign_in: SignIn
    registration: Registration
    own_account: OwnAccount
    password_resets: PasswordResets
    confirmations: Confirmations
    setup: Setup
    own_second_factor: OwnSecondFactor
    fresh_proof: FreshProof
    identities: Identities
    openid: OpenId
    profiles: Profiles
    projects: Projects
    members: Members
    invitations: Invitations
    api_keys: ApiKeys
    letters: Letters


def open_people(
    settings: Settings,
    database: Database,
    *,
    secrets: Secrets,
    audit: AuditTrail,
    tokens: AccessTokens,
    authenticator: Authenticator,
    throttle: Throttle,
    post: Post,
    letter_limits: LetterLimits,
) -> People:
    """The services over `database`; `post` carries their letters. Starts nothing."""
    letters = Letters(settings.server)
    passwords = Passwords(settings.accounts)
    sessions = Sessions(
        database,
        audit,
        tokens=tokens,
        authenticator=authenticator,
        secrets=secrets,
        refresh_seconds=settings.accounts.refresh_token_seconds,
    )
    profiles = Profiles(database)
    projects = Projects(database, audit, authenticator, settings.accounts)
    members = Members(database, audit, authenticator)
    second_factor = SecondFactor(secrets, audit)
    confirmations = Confirmations(database, audit, post, letters)
    invitations = Invitations(
        database,
        audit,
        authenticator,
        members=members,
        post=post,
        letters=letters,
        letter_limits=letter_limits,
    )
    users = Users(
        database,
        audit,
        passwords=passwords,
        sessions=sessions,
        first_project=projects.first_of,
        first_profile=profiles.first_of,
    )
    own_account = OwnAccount(
        database,
        audit,
        passwords=passwords,
        throttle=throttle,
        sessions=sessions,
        confirmations=confirmations,
        post=post,
        letters=letters,
        letter_limits=letter_limits,
    )
    identities = Identities(database, audit)
    return People(
        users=users,
        sessions=sessions,
        sign_in=SignIn(
            database,
            audit,
            passwords=passwords,
            throttle=throttle,
            second_factor=second_factor,
            sessions=sessions,
        ),
        registration=Registration(
            database,
            audit,
            settings=settings.accounts,
            users=users,
            passwords=passwords,
            invitations=invitations,
            confirmations=confirmations,
            post=post,
            letters=letters,
        ),
        own_account=own_account,
        password_resets=PasswordResets(
            database,
            audit,
            passwords=passwords,
            throttle=throttle,
            sessions=sessions,
            post=post,
            letters=letters,
        ),
        confirmations=confirmations,
        setup=Setup(database, audit, users, passwords),
        fresh_proof=FreshProof(database, own_account, second_factor, throttle),
        own_second_factor=OwnSecondFactor(
            database, audit, second_factor=second_factor, own_account=own_account, throttle=throttle
        ),
        identities=identities,
        openid=OpenId(
            database,
            audit,
            secrets=secrets,
            provider=OpenIdProvider(settings.openid),
            accounts=OpenIdAccounts(
                settings,
                audit,
                users=users,
                sessions=sessions,
                identities=identities,
                invitations=invitations,
            ),
            identities=identities,
            sessions=sessions,
            second_factor=second_factor,
            own_account=own_account,
            throttle=throttle,
        ),
        profiles=profiles,
        projects=projects,
        members=members,
        invitations=invitations,
        api_keys=ApiKeys(database, audit, authenticator),
        letters=letters,
    )
