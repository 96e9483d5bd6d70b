"""A real OpenID Connect provider on loopback: OpenBao, and the browser of somebody who signs in there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.openbao import BaoServer, bao_server

CALLBACK = "http://localhost/api/openid/callback"

_PROVIDER = "/identity/oidc/provider/tests"
_PASSWORD = "of the provider"
_CLAIMS = """{"email": {{identity.entity.metadata.email}},
 "email_verified": {{identity.entity.metadata.verified}}}"""


@dataclass
class OpenBao:
    """The provider, with one client: us."""

    server: BaoServer
    issuer: str
    client_id: str = ""
    client_secret: str = ""

    def set_up(self) -> None:
        self.server.do("POST", "/sys/auth/userpass", type="userpass")
        self.server.do("POST", "/identity/oidc/key/tests", allowed_client_ids=["*"], algorithm="ES256")
        self.server.do("POST", "/identity/oidc/scope/email", template=_CLAIMS)
        self.server.do(
            "POST",
            "/identity/oidc/client/surtitle",
            redirect_uris=[CALLBACK],
            assignments=["allow_all"],
            key="tests",
        )
        self.server.do("POST", _PROVIDER, allowed_client_ids=["*"], scopes_supported=["email"])
        client = self.server.do("GET", "/identity/oidc/client/surtitle")["data"]
        self.client_id, self.client_secret = client["client_id"], client["client_secret"]

    def add(self, name: str, email: str, *, verified: bool = True) -> None:
        """A person there. Adding one again changes their e-mail."""
        self.server.do("POST", f"/auth/userpass/users/{name}", password=_PASSWORD)
        mount = self.server.do("GET", "/sys/auth")["userpass/"]["accessor"]
        told = {"email": email, "verified": str(verified).lower()}
        self.server.do("POST", f"/identity/entity/name/{name}", metadata=told)
        entity = self.server.do("GET", f"/identity/entity/name/{name}")["data"]["id"]
        self.server.do("POST", "/identity/entity-alias", name=name, canonical_id=entity, mount_accessor=mount)

    def sends_back(self, authorization_url: str, name: str) -> str:
        """What the provider's page does for `name`: sign them in, then send the browser to the callback."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(authorization_url).query).items()}
        signed_in = self.server.do("POST", f"/auth/userpass/login/{name}", password=_PASSWORD)
        token = signed_in["auth"]["client_token"]
        headers = {"X-Vault-Token": token}
        answer = self.server.root.get(f"{_PROVIDER}/authorize", params=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        return f"{asked['redirect_uri']}?{urlencode(answer.json())}"


@contextmanager
def openbao(folder: Path) -> Iterator[OpenBao]:
    """The provider while the block lasts."""
    with bao_server(folder) as server:
        bao = OpenBao(server, f"{server.address}/v1{_PROVIDER}")
        bao.set_up()
        yield bao
