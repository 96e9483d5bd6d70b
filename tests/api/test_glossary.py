import pytest
from tests.api.installation import Installation


async def test_the_list_is_replaced_whole_and_read_back_in_order(api: Installation) -> None:
    for terms in (["b", "a"], ["Kvistholm", " Ángeles  Peñalver "]):
        answer = await api.client.put("/api/glossary", json={"terms": terms})
        assert answer.status_code == 200
    assert (await api.client.get("/api/glossary")).json() == {
        "schema_version": 1, "terms": ["Kvistholm", "Ángeles Peñalver"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        (["a", ""], "#/terms/1"),
        (["a", "b", "a"], "#/terms/2"),
        (["a", "x" * 101], "#/terms/1"),
        (["a", 7], "#/terms/1"),
        ([str(number) for number in range(501)], "#/terms"),
    ],
)
async def test_a_bad_term_is_pointed_at_and_changes_nothing(
    api: Installation, terms: list[object], pointer: str
) -> None:
    await api.client.put("/api/glossary", json={"terms": ["kept"]})
    answer = await api.client.put("/api/glossary", json={"terms": terms})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await api.client.get("/api/glossary")).json()["terms"] == ["kept"]
