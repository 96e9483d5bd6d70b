"""The pages of projects: which there are, and what each is made of."""

from surtitle.web.project import (
    audit,
    channels,
    glossary,
    keys,
    listing,
    members,
    overview,
    retention,
    settings,
    webhooks,
)

# `listing` first: its addresses are words where the others' have a project's id.
PAGES = (listing, overview, members, keys, webhooks, channels, retention, glossary, audit, settings)
