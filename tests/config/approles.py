"""Who may sign in at the tests' Vault."""

from tests.servers.openbao import BaoServer

from surtitle.ids import new_id


def approle(bao: BaoServer, policy: str) -> tuple[str, str]:
    """Role id and secret id of a new AppRole with `policy`."""
    name = f"role-{new_id()}"
    if "approle/" not in bao.do("GET", "/sys/auth"):
        bao.do("POST", "/sys/auth/approle", type="approle")
    bao.do("PUT", f"/sys/policies/acl/{name}", policy=policy)
    bao.do("POST", f"/auth/approle/role/{name}", token_policies=[name], token_ttl="60s")
    role_id = bao.do("GET", f"/auth/approle/role/{name}/role-id")["data"]["role_id"]
    secret_id = bao.do("POST", f"/auth/approle/role/{name}/secret-id")["data"]["secret_id"]
    return role_id, secret_id
