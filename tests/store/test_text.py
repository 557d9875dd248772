"""Names and texts: what is kept, what is refused, what is replaced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import models
from store.access import Viewer, visible_rows
from store.database import Database
from store.edits.containers import create_project
from store.edits.text import clean_name, clean_text, storable
from store.errors import InvalidInputError


@pytest.mark.parametrize(
    "name", ["", "   ", "a\0b", "a\nb", "\ud800", "x" * 1025, "\x7f", "b\x85a"]
)
def test_names_that_cannot_be_kept_are_refused(name: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        clean_name(name)
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["x" * 1024, "Zellkern µ 細胞 🧬", "a\u202eb", "e\u0301"])
def test_names_of_all_languages_are_kept_as_typed(name: str) -> None:
    assert clean_name(f" {name} ") == name


def test_texts_may_have_lines_but_no_control_characters() -> None:
    assert clean_text("first\nsecond\tthird\r\n") == "first\nsecond\tthird\r\n"
    assert clean_text("  \n ") is None
    with pytest.raises(InvalidInputError, match="control characters"):
        clean_text("bell \a")


@given(st.text(st.characters(), max_size=60))
def test_text_from_files_becomes_storable_and_stays_so(text: str) -> None:
    kept = storable(text, 50)

    assert kept is None or (kept.encode() and "\0" not in kept and len(kept) <= 50)
    assert storable(kept) == (kept.strip() if kept else kept)


@pytest.mark.parametrize("name", ["a\u202eb", "\ufffe", "🧬" * 1024, "'; DROP TABLE image; --"])
def test_what_the_rule_lets_through_the_database_keeps(
    database: Database, viewer: Viewer, name: str
) -> None:
    with database.writing() as session:
        create_project(session, viewer, name, f"about {name}\n")
    with database.reading() as session:
        (project,) = visible_rows(session, viewer, models.Project, [1])

    assert (project.name, project.description) == (name, f"about {name}\n")
