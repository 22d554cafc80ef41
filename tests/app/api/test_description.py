"""What the OpenAPI description says is what the doors of intake do: requests made from it, answers held against it."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.asgi_client import AsgiClient, asgi_client
from siyu.app.access.api_keys import make_key
from siyu.app.api import build
from siyu.app.workspace import open_workspace


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsgiClient]:
    workspace = open_workspace(tmp_path_factory.mktemp("described") / "w", create=True)
    with asgi_client(build(workspace)) as opened:
        opened.headers["x-api-key"] = make_key(workspace, "intake", "described")
        yield opened
    workspace.close()


@pytest.mark.parametrize("path", ["/v1/touches", "/v1/batch", "/v1/track", "/v1/identify"])
def test_every_request_that_is_described_is_answered_as_described(client: AsgiClient, path: str) -> None:
    schema = schemathesis.openapi.from_dict(client.get("/v1/openapi.json").json())

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=schema[path]["POST"].as_strategy())
    def answers(case: schemathesis.Case) -> None:
        case.headers["x-api-key"] = client.headers["x-api-key"]
        sent = case.as_transport_kwargs(base_url="http://siyu")
        said = client.post(
            sent["url"], headers=dict(sent["headers"]), params=sent.get("params"),
            **{name: sent[name] for name in ("json", "data", "content") if sent.get(name) is not None},
        )  # fmt: skip
        case.validate_response(
            said,
            checks=(
                not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
            ),
        )  # fmt: skip

    answers()
