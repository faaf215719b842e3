"""Whatever the OpenAPI document allows is sent, and much that it does not: nothing breaks the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from recorder.api.application import application
from recorder.api.hub import Hub
from recorder.settings import Settings
from recorder.store.sql import open_log
from tests.api.served import hub, served
from tests.logs import copied

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def found(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("document")
    url = f"sqlite:///{copied(migrated, folder)}"
    log = open_log(url)
    yield hub(log, settings=Settings(url, folder / "models"))
    log.database.close()


@pytest.fixture(scope="module")
def address(found: Hub) -> Iterator[str]:
    with served(found) as client:
        yield str(client.base_url)


schema = schemathesis.openapi.from_dict(application(hub()).openapi())
schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@schema.parametrize()
@BOUNDED
def test_no_request_breaks_it_and_every_answer_is_as_documented(
    case: schemathesis.Case[Any], address: str
) -> None:
    answer: Response = case.call(base_url=address, timeout=30)

    case.validate_response(answer, checks=CHECKS)
