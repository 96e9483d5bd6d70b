"""A real OpenID Connect provider on loopback: OpenBao, and the browser of somebody who signs in there."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from tests.server import free_port

CALLBACK = "http://localhost/api/openid/callback"
START_SECONDS = 60

_PROVIDER = "/identity/oidc/provider/tests"
_PASSWORD = "of the provider"
_CLAIMS = """{"email": {{identity.entity.metadata.email}},
 "email_verified": {{identity.entity.metadata.verified}}}"""


@dataclass
class OpenBao:
    """The provider, with one client: us."""

    root: httpx.Client
    issuer: str
    client_id: str = ""
    client_secret: str = ""

    def set_up(self) -> None:
        self._do("POST", "/sys/auth/userpass", type="userpass")
        self._do("POST", "/identity/oidc/key/tests", allowed_client_ids=["*"], algorithm="ES256")
        self._do("POST", "/identity/oidc/scope/email", template=_CLAIMS)
        self._do(
            "POST",
            "/identity/oidc/client/surtitle",
            redirect_uris=[CALLBACK],
            assignments=["allow_all"],
            key="tests",
        )
        self._do("POST", _PROVIDER, allowed_client_ids=["*"], scopes_supported=["email"])
        client = self._do("GET", "/identity/oidc/client/surtitle")["data"]
        self.client_id, self.client_secret = client["client_id"], client["client_secret"]

    def add(self, name: str, email: str, *, verified: bool = True) -> None:
        """A person there. Adding one again changes their e-mail."""
        self._do("POST", f"/auth/userpass/users/{name}", password=_PASSWORD)
        mount = self._do("GET", "/sys/auth")["userpass/"]["accessor"]
        told = {"email": email, "verified": str(verified).lower()}
        self._do("POST", f"/identity/entity/name/{name}", metadata=told)
        entity = self._do("GET", f"/identity/entity/name/{name}")["data"]["id"]
        self._do("POST", "/identity/entity-alias", name=name, canonical_id=entity, mount_accessor=mount)

    def sends_back(self, authorization_url: str, name: str) -> str:
        """What the provider's page does for `name`: sign them in, then send the browser to the callback."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(authorization_url).query).items()}
        signed_in = self._do("POST", f"/auth/userpass/login/{name}", password=_PASSWORD)
        token = signed_in["auth"]["client_token"]
        answer = self.root.get(f"{_PROVIDER}/authorize", params=asked, headers={"X-Vault-Token": token})
        assert answer.status_code == 200, answer.text
        return f"{asked['redirect_uri']}?{urlencode(answer.json())}"

    def _do(self, method: str, path: str, **wish: Any) -> Any:
        answer = self.root.request(method, path, json=wish or None)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None


@contextmanager
def openbao(folder: Path) -> Iterator[OpenBao]:
    """OpenBao while the block lasts, all of it in memory."""
    url = f"http://127.0.0.1:{free_port()}"
    program = str(Path(sys.executable).with_name("bao"))
    options = ["-dev", "-dev-root-token-id=root", "-dev-no-store-token", "-log-level=error"]
    with (folder / "openbao.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "server", *options, f"-dev-listen-address={url.removeprefix('http://')}"],
            stdout=log,
            stderr=log,
        )
        try:
            headers = {"X-Vault-Token": "root"}
            with httpx.Client(base_url=f"{url}/v1", headers=headers, timeout=20, trust_env=False) as root:
                _wait(root, process)
                bao = OpenBao(root, f"{url}/v1{_PROVIDER}")
                bao.set_up()
                yield bao
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(root: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if root.get("/sys/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("OpenBao did not start")
