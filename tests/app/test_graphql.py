import gzip

import pytest
from starlette.testclient import TestClient

QUERY = {"query": "{ viewer { userName } }"}


def test_a_document_is_answered_as_json(client: TestClient) -> None:
    response = client.post("/graphql", json=QUERY)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json()["data"] == {"viewer": {"userName": "root"}}


def test_variables_and_operation_name_are_used(client: TestClient, image: int) -> None:
    body = {
        "query": "query A($id: ID!) { image(id: $id) { name } } query B { viewer { userName } }",
        "variables": {"id": f"Image:{image}"},
        "operationName": "A",
    }

    assert client.post("/graphql", json=body).json()["data"] == {"image": {"name": "cells"}}


def test_addresses_in_answers_lead_to_pictures_that_never_change(
    client: TestClient, image: int
) -> None:
    names = "thumbnailUrl tileUrl regionUrl planeUrl orthogonalUrl montageUrl"
    query = f'{{ image(id: "Image:{image}") {{ {names} }} }}'
    found = client.post("/graphql", json={"query": query}).json()["data"]["image"]
    place = {"level": 0, "z": 0, "t": 0, "x": 0, "y": 0, "width": 9, "height": 8, "format": "jpg"}
    cut = found.pop("orthogonalUrl").format(**place, plane="xz", at=5)

    for address in (*(url.format(**place) for url in found.values()), f"{cut}&aspect=raw"):
        response = client.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]


def test_nobody_asks_without_signing_in(anybody: TestClient) -> None:
    response = anybody.post("/graphql", json=QUERY)

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_signed_in"


def test_malformed_documents_are_graphql_errors(client: TestClient) -> None:
    for query in ("{", "", "{ nothing }", "query { viewer { userName } "):
        response = client.post("/graphql", json={"query": query})

        assert response.status_code == 200
        assert response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[]", "list"),
        (b'[{"query":"{a}"}]', "list"),
        (b"{}", "query"),
        (b'{"query":1}', "query"),
        (b'{"query":"{a}","variables":[]}', "variables"),
        (b'{"query":"{a}","operationName":1}', "operationName"),
        (b'{"query":"{a}","extensions":"x"}', "extensions"),
        (b'{"query":"{a}","extra":1}', "extra"),
    ],
)
def test_other_bodies_are_refused(client: TestClient, body: bytes, says: str) -> None:
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})

    assert response.status_code == 400
    error = response.json()["error"]
    assert says in error["message"]
    assert error["remedy"]


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "text/html",
        "",
    ],
)
@pytest.mark.parametrize("origin", [None, "http://127.0.0.1:8080", "https://evil.example", "null"])
def test_only_json_from_our_own_pages_is_taken(
    client: TestClient, media_type: str, origin: str | None
) -> None:
    headers = {"content-type": media_type} | ({"origin": origin} if origin else {})
    mutation = b'{"query":"mutation { createProjects(items: [{name: \\"x\\"}]) { applied } }"}'

    response = client.post("/graphql", content=mutation, headers=headers)

    assert response.status_code in {403, 415}
    count = client.post("/graphql", json={"query": "{ projects { totalCount } }"}).json()
    assert count["data"]["projects"]["totalCount"] == 0


def test_a_large_body_is_refused(client: TestClient) -> None:
    response = client.post("/graphql", json={"query": "#" * (1 << 20)})

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too_large"


def test_documents_in_addresses_are_not_taken(client: TestClient) -> None:
    response = client.get(
        "/graphql",
        params={"query": 'mutation { createProjects(items: [{name: "x"}]) { applied } }'},
    )

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_taken(client: TestClient, method: str) -> None:
    response = client.request(method, "/graphql", json=QUERY)

    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


def test_a_person_gets_the_graphiql_page(client: TestClient) -> None:
    response = client.get("/graphql", headers={"accept": "text/html"})

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


def test_large_answers_are_compressed_for_those_who_take_it(client: TestClient) -> None:
    query = {"query": "{ __schema { types { name fields { name description } } } }"}

    with client.stream("POST", "/graphql", json=query) as compressed:
        raw = b"".join(compressed.iter_raw())
    plain = client.post("/graphql", json=query, headers={"accept-encoding": "identity"})

    assert compressed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert "content-encoding" not in plain.headers
    assert len(raw) < len(plain.content) / 3
