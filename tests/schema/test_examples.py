"""GraphiQL's examples are titled, one for each task, and run as they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "frontend" / "src" / "developer" / "examples").glob("*.graphql"))
COMMENT = 'mutation { comment(text: "Heard", ids: ["Dataset:1"]) { applied } }'


def heard(graphql: GraphQL, viewer: Viewer, document: str) -> dict[str, Any]:
    """Return the message that a subscription gives when its dataset gets a comment."""
    begun = graphql.poll(viewer, document, None, None, None)
    graphql.execute(viewer, COMMENT)
    poll = graphql.poll(viewer, document, None, None, begun.state)
    (answer,) = poll.answers
    return dict(answer)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_without_errors(example: Path, database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=2, images=2, channels=2)
    document = example.read_text()
    graphql = GraphQL(database)
    if "\nsubscription" in document:
        answer = heard(graphql, viewer, document)
    else:
        answer = json.loads(graphql.execute(viewer, document))

    assert document.startswith("# ")
    assert "errors" not in answer, answer
    assert None not in answer["data"].values()
    if "\nmutation" in document and "dryRun: true" not in document:
        assert all(change["applied"] for change in answer["data"].values()), answer
    assert not any(failed(change) for change in answer["data"].values()), answer


def failed(change: Any) -> bool:
    """Return whether an item of a change, or a row of a table, says that it failed."""
    if not isinstance(change, dict):
        return False
    parts = [*change.get("items", ()), *change.get("rows", ())]
    return any(part.get("error") for part in parts if isinstance(part, dict))
