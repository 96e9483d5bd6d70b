"""Who may do what: the parts that ask, remember and record it."""

from dataclasses import dataclass

from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.counting import Counters
from surtitle.accounts.letter_limits import LetterLimits
from surtitle.accounts.links import Links
from surtitle.accounts.people import People, open_people
from surtitle.accounts.post import Post
from surtitle.accounts.secrets import Secrets, open_secrets
from surtitle.accounts.throttle import Throttle
from surtitle.accounts.tokens import AccessTokens
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.hub import Hub, LocalHub
from surtitle.notifications.post import open_post


@dataclass(frozen=True, slots=True)
class AccountParts:
    """One process's."""

    secrets: Secrets
    audit: AuditTrail
    tokens: AccessTokens
    authenticator: Authenticator
    throttle: Throttle
    links: Links
    people: People
    post: Post


def open_accounts(
    settings: Settings, database: Database, counters: Counters, hub: Hub | None = None
) -> AccountParts:
    """The parts over `database`. Makes the installation's secret where there is none yet. Without a hub, who
    sends the letters finds them a little later.
    """
    secrets = open_secrets(settings)
    audit = AuditTrail(database, secrets)
    tokens = AccessTokens(database, secrets, settings.accounts.access_token_seconds)
    authenticator = Authenticator(database, tokens, settings.accounts.memory_seconds)
    throttle = Throttle(counters.attempts)
    post = open_post(settings, secrets, hub or LocalHub())
    people = open_people(
        settings,
        database,
        secrets=secrets,
        audit=audit,
        tokens=tokens,
        authenticator=authenticator,
        throttle=throttle,
        post=post,
        letter_limits=LetterLimits(counters.attempts),
    )
    links = Links(database, secrets)
    return AccountParts(secrets, audit, tokens, authenticator, throttle, links, people, post)
