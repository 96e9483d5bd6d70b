"""What a browser calls itself, as people know it."""

from dataclasses import dataclass

# The first that is found counts: the later ones call themselves by the earlier ones' names too.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chromium", "Chromium"), ("Chrome", "Chrome"),
    ("Safari", "Safari"), ("curl", "curl"), ("python-httpx", "httpx"), ("python-requests", "requests"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Device:
    """`browser` and `system` are empty where nobody knows them."""

    browser: str
    system: str


def device_of(user_agent: str | None) -> Device:
    told = user_agent or ""
    return Device(_first(_BROWSERS, told), _first(_SYSTEMS, told))


def _first(known: tuple[tuple[str, str], ...], told: str) -> str:
    return next((name for mark, name in known if mark in told), "")
