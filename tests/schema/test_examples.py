"""GraphiQL's examples are titled, one for each task, and run as they are."""

import json
from pathlib import Path

import pytest

from schema.build import GraphQL
from store.access import Viewer
from store.database import Database
from tests.build import hierarchy

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "frontend" / "src" / "developer" / "examples").glob("*.graphql"))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_without_errors(example: Path, database: Database, viewer: Viewer) -> None:
    with database.writing() as session:
        hierarchy(session, viewer, projects=1, datasets=2, images=2, channels=2)
    document = example.read_text()
    answer = json.loads(GraphQL(database).execute(viewer, document))

    assert document.startswith("# ")
    assert "errors" not in answer, answer
    assert None not in answer["data"].values()
