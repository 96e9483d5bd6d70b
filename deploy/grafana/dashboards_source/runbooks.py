"""The runbooks of docs/operate/runbooks as dashboards of one text each.

So they can be read where alerts are looked at, without a network and while the API is away. An alert's link is
`$externalLabels.runbooks` and the page's name; here that is /d/runbook-<name>.
"""

import re
from pathlib import Path

from deploy.grafana.dashboards_source.panels import dashboard
from grafana_foundation_sdk.builders.text import Panel
from grafana_foundation_sdk.models.dashboard import Dashboard
from grafana_foundation_sdk.models.text import TextMode

PAGES = Path(__file__).resolve().parents[3] / "docs" / "operate" / "runbooks"


def build() -> dict[str, Dashboard]:
    """By the page's name."""
    return {page.stem: _shown(page) for page in sorted(PAGES.glob("*.md")) if page.stem != "README"}


def _shown(page: Path) -> Dashboard:
    heading, _, text = page.read_text().partition("\n")
    panel = (
        Panel().mode(TextMode.MARKDOWN).content(_linked(text.strip())).transparent(True).span(24).height(26)
    )
    frame = (
        dashboard("", heading.removeprefix("# "))
        .uid(f"runbook-{page.stem}")
        .title(heading.removeprefix("# "))
    )
    document = frame.tags(["runbook"]).with_panel(panel).build()
    for number, built in enumerate(document.panels or (), start=1):
        built.id_val = number
    return document


def _linked(text: str) -> str:
    """Links to other runbooks lead to their dashboards; those to other pages are words, as these are not here."""
    text = re.sub(r"<!--.*?-->\n*", "", text)
    text = re.sub(r"\]\(([a-z-]+)\.md\)", r"](/d/runbook-\1)", text)
    return re.sub(r"\[([^]]+)\]\((\.\./[^)]+)\)", r"\1", text)
