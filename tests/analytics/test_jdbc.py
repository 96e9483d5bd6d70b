import pytest

from surtitle.analytics.jdbc import JdbcAddress
from surtitle.errors import Invalid


@pytest.mark.parametrize(
    ("url", "address", "account"),
    [
        ("postgresql://ana:s%2Fecret@db:5433/x", "db:5433/x", {"user": "ana", "password": "s/ecret"}),
        ("postgres://ana@db/surtitle", "db/surtitle", {"user": "ana"}),
        ("postgresql+asyncpg://ana@db", "db/ana", {"user": "ana"}),
        (
            "postgresql://a,b:5433/surtitle?sslmode=verify-full&target_session_attrs=read-write&user=ana",
            "a,b:5433/surtitle?sslmode=verify-full&targetServerType=primary",
            {"user": "ana"},
        ),
        ("postgresql://[::1]:5432/x?hostaddr=1", "[::1]:5432/x", {}),
        ("postgresql:///surtitle?host=db&port=6000", "db:6000/surtitle", {}),
    ],
)  # fmt: skip
def test_an_address_is_told_to_java_without_its_password(
    url: str, address: str, account: dict[str, str]
) -> None:
    found = JdbcAddress.of(url, None, None)
    assert found.url == f"jdbc:postgresql://{address}"
    assert found.account == account
    assert "ecret" not in repr(found)


def test_who_is_named_beside_the_address_signs_in() -> None:
    found = JdbcAddress.of("postgresql://ana:x@db/surtitle", "lent", "y")
    assert (found.url, found.account) == (
        "jdbc:postgresql://db/surtitle",
        {"user": "lent", "password": "y"},
    )


@pytest.mark.parametrize(
    "url", ["postgresql:///surtitle", "postgresql://%2Fvar%2Frun/x", "postgresql:///x?host=/run"]
)
def test_a_socket_on_this_machine_is_no_address_for_others(url: str) -> None:
    with pytest.raises(Invalid, match="by its name in the network"):
        JdbcAddress.of(url, "ana", None)
