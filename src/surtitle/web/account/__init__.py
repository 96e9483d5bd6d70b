"""The pages of one's own account, below `/app/account`."""

from surtitle.web.account import (
    identities,
    leaving,
    notifications,
    password,
    profile,
    second_factor,
    sessions,
    usage,
)

PAGES = (profile, password, second_factor, sessions, identities, notifications, usage, leaving)
"""Their routers stand before that of the links in letters, which takes any name below `/app/account`."""
