"""Data rows are selected through store.access only: a look at the code itself."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NAMES = {"select", "query", "text", "exec_driver_sql", "get", "get_one", "exists"}
"""Calls that can reach rows; `get` only on something called session."""

ALLOWED = {
    # The engine itself: pragmas, revisions, locks.
    "store/database.py": {"*"},
    # The one place that may.
    "store/access.py": {"*"},
    # What lies below shared things, as the conditions that it is made of.
    "store/scopes.py": {"*"},
    # Secrets of links, before there is a viewer; what may be shared, whoever sees it.
    "store/share_links.py": {"*"},
    "store/edits/shareable.py": {"_shared", "_refuse_others"},
    "store/edits/grants.py": {"_written", "require_keeper"},
    # Grants of somebody else's, who is asked about.
    "store/queries/grants.py": {"_grants", "_lies"},
    # Accounts, groups and sessions, before there is a viewer, or for administrators.
    "store/sign_in.py": {"*"},
    "store/tokens.py": {"*"},
    "store/audit.py": {"*"},
    "store/edits/groups.py": {"*"},
    "store/edits/people.py": {"*"},
    "store/edits/external.py": {"*"},
    "store/queries/people.py": {"<module>", "_grants"},
    # Quotas and counters are of everybody's rows, whoever adds to them.
    "store/edits/quotas.py": {"*"},
    # The SQL text of one parameter that is a list.
    "store/models/among.py": {"*"},
    # Reached through pixels that a viewer was given.
    "store/queries/images.py": {
        *("chunk_block", "chunk_blocks", "kept_statistics"),
        # Whether a visible image has channels of which something is not known.
        "images_to_measure",
    },
    # The most of numbers that a select counts which carries the predicate of fields and wells.
    "store/queries/screens.py": {"select_field_counts"},
    # Counters are of everybody's children, whoever changes them.
    "store/edits/counters.py": {"_children", "_wrong"},
    # What is wrong with anybody's rows and files, for the local administrator.
    "store/checking/rows.py": {"*"},
    "store/checking/disk.py": {"*"},
    "store/checking/indexes.py": {"rebuild"},
    # The viewer's own, by a condition of its own, and what is old of anybody's.
    "store/edits/uploads.py": {"*"},
    # Deleted rows, which are visible to nobody, of deletions that are the viewer's.
    "store/edits/purging.py": {"*"},
    # Ancestors are followed also where the viewer does not see them, to find every circle.
    "store/edits/references.py": {"_ancestors"},
    # Who is in the way, or was quicker, whoever sees the row.
    "store/edits/rows.py": {"_taken", "_late", "_insert_in_order"},
    "store/edits/links.py": {"_set_parents"},
    # Keys of the viewer's own, and old ones of everybody's.
    "store/edits/requests.py": {"_purge", "_found"},
    # Whether rows speak of a folder at all, whoever may see them: for files nobody speaks of.
    "store/queries/jobs.py": {"known_folders"},
    # Numbers for new rows, and the insertion of columns.
    "store/edits/bulk.py": {"*"},
    # Whether an annotation is on anything at all, or on something else too: seen or not.
    "store/edits/annotation_links.py": {"attached", "annotations_below", "_unattached"},
    "store/edits/key_values.py": {"_uses"},
    # A lock, without a table.
    "store/edits/annotation_rows.py": {"_lock_tags"},
    # What goes with what is everybody's: rules hold also for rows that the viewer does not see.
    "store/edits/graph_walk.py": {
        "_part",
        "_rows",
        "_folders",
        "_candidates",
        "_below",
        "_annotations",
    },
    # Whose rows are that are given away; in which groups somebody is.
    "store/edits/giving.py": {"_owners", "_groups_of"},
    # What joins rows of different owners, whoever sees them.
    "store/edits/group_levels.py": {"*"},
    "store/edits/graph.py": {"move_to_group", "_refuse_second_fileset", "_named"},
    # The record itself; whose rows are named in it may be seen is asked of each table.
    "store/queries/changes.py": {"state_of", "entries_since", "seen"},
    # The record of a row that was shown to be the viewer's; rows deleted from the viewer's own.
    "store/queries/history.py": {"history", "_refuse_hidden"},
    # Lines of the record under the viewer's own id; deleted rows, by `access.deleted`.
    "store/queries/trash.py": {"_named", "_deleted_refs", "_of_kind"},
    # Deleted rows, which are visible to nobody; what a deletion took is everybody's.
    "store/edits/restoring.py": {"*"},
    # What an import recorded, which is then selected for the viewer; a condition with its own.
    "store/exporting/closure.py": {"_fileset_roots", "_whole"},
    # Conditions of indexes: text without a table.
    "store/models/files.py": {"*"},
    "store/models/base.py": {"*"},
    "store/models/rendering.py": {"*"},
    "store/migrations/versions/0001_first_light.py": {"*"},
    "store/migrations/versions/0002_ome_model.py": {"*"},
    "store/migrations/versions/0005_rendering_settings.py": {"*"},
    "store/migrations/versions/0019_ids_once.py": {"*"},
    "store/migrations/versions/0020_values_sorted.py": {"*"},
    "store/migrations/versions/0023_shape_cells.py": {"*"},
    "store/migrations/versions/0024_wells_of_groups.py": {"<module>"},
    # Uploaded lookup tables, which are everybody's.
    "store/edits/lookup_tables.py": {"_named", "_require_room"},
    "store/queries/lookup_tables.py": {"uploads", "lookup_tables"},
    "schema/types/rendering.py": {"_uploaded"},
    # The columns of a select that carries the predicate, and what its library can do.
    "schema/columns.py": {"__init__", "_exact"},
    # Whether a visible row has a visible parent: the inner select carries the predicate.
    # And of selects of ids that carry it, the first rows, those of both, or their number.
    "schema/reads.py": {
        "_without_parent",
        "_united",
        "_joint",
        "_added",
        "_first_groups",
        "_within_page",
        "count_some",
        "_placed",
    },
    # Of the ids of a list that was selected with it.
    "store/queries/sorting.py": {"_annotated"},
    # Rows of texts, whoever may see them; joined with the visible ones in `store.search.paths`.
    "store/search/index.py": {"rows_with", "_often"},
    # Ids and numbers of what selects find that carry the predicate, or are joined with it.
    "store/search/probes.py": {"_sampling", "reaching"},
    "store/search/ways.py": {"survey", "_sized", "_newest", "counts"},
    # The list of triggers.
    "store/migrations/triggers.py": {"*"},
    "store/search/findings.py": {"rows", "gathered"},
    # Made from the models' columns by the migrations.
    "store/migrations/versions/0004_search.py": {"*"},
    # The indexes of words.
    "store/migrations/versions/0025_words_at_hand.py": {"upgrade", "downgrade"},
    # Folders, of which nobody learns but through files that they see.
    "store/queries/storage.py": {"storage_roots", "moves"},
    # For administrators, who see all: files of everybody.
    "store/edits/storage.py": {"lacking", "_count"},
    # Counts over a select that carries the predicate.
    "store/queries/facets.py": {"_first", "_binned", "_linked"},
    # Who asked for a job that was loaded for its viewer.
    "app/import_steps.py": {"importer_of"},
    # A health check, without a table.
    "app/context.py": {"ping"},
}


def calls_outside(path: Path) -> list[str]:
    """List the calls in a file that could select rows past the visibility predicate."""
    name = path.relative_to(REPOSITORY).as_posix()
    allowed = ALLOWED.get(name, set())
    if "*" in allowed:
        return []
    found = []
    for function, call in _calls(ast.parse(path.read_text())):
        if _selects(call) and function not in allowed:
            found.append(f"{name}:{call.lineno} in {function}: {ast.unparse(call)[:80]}")
    return found


def _calls(tree: ast.AST, function: str = "<module>") -> list[tuple[str, ast.Call]]:
    found = []
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef) else function
        if isinstance(node, ast.Call):
            found.append((function, node))
        found += _calls(node, inside)
    return found


def _selects(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id in {"select", "text", "exists"}
    if not isinstance(function, ast.Attribute) or function.attr not in NAMES:
        return False
    owner = ast.unparse(function.value)
    if function.attr in {"get", "get_one", "query"}:
        return owner.endswith("session")
    return function.attr == "exec_driver_sql" or owner in {"sa", "sqlalchemy", "orm", "sa.orm"}


@pytest.mark.parametrize("package", ["store", "schema", "app"])
def test_rows_are_selected_through_access_only(package: str) -> None:
    files = sorted((REPOSITORY / package).rglob("*.py"))
    found = [line for path in files for line in calls_outside(path)]

    assert found == []


def test_the_look_finds_what_it_looks_for() -> None:
    source = "def f(session):\n    session.get(Image, 1)\n    sa.select(Image)\n    sa.text('x')\n"

    assert [_selects(call) for _, call in _calls(ast.parse(source))] == [True, True, True]


def test_every_exception_of_the_rule_still_exists() -> None:
    for name, functions in ALLOWED.items():
        text = (REPOSITORY / name).read_text()
        assert all(
            function in {"*", "<module>"} or f"def {function}(" in text for function in functions
        ), name
