"""Mistakes of authorisation, to be planted: each of a kind that somebody made before, or could."""

from dataclasses import dataclass

MATRIX = "tests/permissions/test_matrix.py"
ROUTES = "tests/permissions/test_routes.py"
SCENARIOS = "tests/permissions/test_scenarios.py"
ACCESS, PEOPLE, SIGN_IN = (
    "tests/store/test_access.py",
    "tests/schema/test_people_changes.py",
    "tests/store/test_sign_in.py",
)
SIGHTS = "tests/app/test_sights.py"
TOKENS = "tests/store/test_tokens.py"
VISIBILITY = "tests/schema/test_visibility.py"


def attempts(role: str) -> str:
    """Name the test of all attempts at rows of a role."""
    return f"{MATRIX}::test_attempts_at_rows_end_as_the_tables_say[{role}]"


def given(role: str) -> str:
    """Name the test of all rows by id of a role."""
    return f"{MATRIX}::test_rows_are_given_by_id_as_the_tables_say[{role}]"


def links(role: str) -> str:
    """Name the test of all attempts at linking of a role."""
    return f"{MATRIX}::test_attempts_at_links_end_as_the_tables_say[link-link-{role}]"


def of(test: str, role: str) -> str:
    """Name a test of the matrix that has a role."""
    return f"{MATRIX}::{test}[{role}]"


LISTS = "test_lists_and_counts_hold_what_the_tables_say"
FACETS = "test_facets_count_what_the_tables_say"
SEARCHES = "test_searches_find_what_the_tables_say"
FOUND = "tests/store/search/test_search.py::test_what_is_found_is_what_a_look_at_every_row_finds"
EXPLAINED = "test_what_is_explained_is_what_the_tables_say"
FLAGS = "test_rows_tell_what_may_be_done_with_them_as_the_tables_say"


@dataclass(frozen=True, slots=True)
class Plant:
    """One mistake, and the smallest part of the tests that has to find it."""

    name: str
    module: str
    old: str
    """Text of the module, found there once."""
    new: str
    tests: tuple[str, ...]
    after: str = ""
    """The advisory that the mistake is made after; empty for operator flips of our own."""
    everywhere: bool = False
    """Whether the text is found, and replaced, more than once."""


_VISIBLE = "return sa.and_(entity.deleted_event_id.is_(None), _seen(viewer, entity, parents))"
_READABLE = "among(entity.group_id, viewer.readable)\n    )"
_HAS = "return self.administrator and privilege not in self.withheld and not self.read_only"

SEEING = (
    Plant("rows of everybody are seen", "store.access", _VISIBLE,
          "return entity.deleted_event_id.is_(None)", (given("stranger"),), "2019-SV5"),
    Plant("deleted rows are seen", "store.access", _VISIBLE, "return _seen(viewer, entity)",
          (f"{ACCESS}::test_deleted_rows_exist_for_nobody",)),
    Plant("what is shared of one image is shared of all", "store.scopes",
          "row.deleted_event_id.is_(None), inside)\n    met", "row.deleted_event_id.is_(None))\n    met",
          ("tests/store/test_sharing.py::test_ways_that_meet_lead_to_the_same_rows_as_from_the_other_end",)),
    Plant("whoever is in any group sees all groups", "store.access",
          "    if viewer.administrator:\n        return sa.true()\n    return sa.or_(\n        entity.owner_id",
          "    if viewer.administrator or viewer.groups:\n        return sa.true()\n    return sa.or_(\n        entity.owner_id",
          (given("member"),), "2017-SV2"),
    Plant("private groups are shared by their members", "store.access", _READABLE,
          "among(entity.group_id, viewer.groups | viewer.readable)\n    )", (given("member"),), "2017-SV2"),
    Plant("what is own is seen only in groups that are seen whole", "store.access",
          "return sa.or_(\n        entity.owner_id", "return sa.and_(\n        entity.owner_id", (given("owner"),)),
    Plant("nobody sees what others own", "store.access", _READABLE,
          "sa.false()\n    )", (given("member"),)),
    Plant("leaders see private groups no better than members", "store.access",
          "return self.shares | self.leads", "return self.shares", (given("leader"),)),
    Plant("lists of shared rows forget the groups", "store.access",
          "return sa.select(*columns).where(entity.deleted_event_id.is_(None), condition)",
          "return sa.select(*columns).where(entity.deleted_event_id.is_(None))", (of(LISTS, "member"),)),
    Plant("lists of own rows forget the owner", "store.access",
          "own = [entity.deleted_event_id.is_(None), entity.owner_id == viewer.experimenter_id]",
          "own = [entity.deleted_event_id.is_(None)]", (of(LISTS, "member"),)),
    Plant("counts of children tell of all of them", "store.access",
          "if kind is models.ChildCount:\n        return _counted(viewer, entity)",
          "if kind is models.ChildCount:\n        return sa.true()",
          (f"{VISIBILITY}::test_what_others_own_in_ones_own_things_is_neither_shown_nor_counted[sqlite]",)),
    Plant("pieces of what is hidden are seen", "store.access",
          "return sa.exists().where(whole.id == getattr(entity, column), visible(viewer, whole))",
          "return sa.exists().where(whole.id == getattr(entity, column))",
          (f"{ACCESS}::test_parts_without_owners_are_seen_with_their_wholes",), "2017-SV6"),
    Plant("everybody reads who is in which group", "store.access",
          "def _memberships(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:\n    if viewer.administrator:",
          "def _memberships(viewer: Viewer, entity: Any) -> sa.ColumnElement[bool]:\n    if viewer is not None:",
          (f"{ACCESS}::test_what_belongs_to_accounts_is_for_their_people",), "2019-SV3, CVE-2021-21376"),
    Plant("everybody reads the audit log", "store.access",
          "return sa.true() if viewer.has(Privilege.MODIFY_USER) else sa.false()", "return sa.true()",
          (f"{ACCESS}::test_what_belongs_to_accounts_is_for_their_people",), "CVE-2018-1000633"),
    Plant("everybody sees sessions and tokens of others", "store.access",
          "        if viewer.has(privilege):\n            return sa.true()",
          "        if viewer is not None:\n            return sa.true()",
          (f"{TOKENS}::test_tokens_of_others_do_not_exist",), "CVE-2018-1000635"),
    Plant("nobody's viewer sees every group that is not private", "store.queries.people",
          ".where(_GROUP.permissions == GroupPermissions.PUBLIC.value)",
          ".where(_GROUP.permissions != GroupPermissions.PRIVATE.value)",
          (given("anonymous"),), "2017-SV4"),
    Plant("nobody's viewer may change things", "store.queries.people",
          "Viewer(NOBODY, shares=_shares(rights), read_only=True)", "Viewer(NOBODY, shares=_shares(rights))",
          (f"{ROUTES}::test_a_token_changes_only_what_it_is_good_for", attempts("anonymous")), "2017-SV4"),
    Plant("private groups count as shared", "store.queries.people",
          "for one in groups if one.level != GroupPermissions.PRIVATE)", "for one in groups)",
          (given("member"),)),
    Plant("every member leads", "store.queries.people",
          "for one in mine if one.leader)", "for one in mine)", (given("member"),)),
    Plant("accounts that were closed keep their rights", "store.queries.people",
          'sa.bindparam("experimenter_id"), models.Experimenter.active)', 'sa.bindparam("experimenter_id"))',
          (f"{SIGN_IN}::test_a_deactivated_person_is_out_at_once_and_may_come_back",)),
    Plant("grants to anybody are grants to all", "store.queries.people",
          "_GRANT.experimenter_id == _ME,", "_GRANT.experimenter_id.is_not(None),", ("tests/store/test_sharing.py",),
          "2016-SV2"),
    Plant("the history of what is hidden is told", "store.queries.history",
          "    if session.scalar(statement) is None:", "    if False:",
          ("tests/store/test_history.py::test_the_history_of_what_is_hidden_is_not_found[sqlite]",)),
    Plant("a search looks at everything", "store.search.query",
          "return select_visible(viewer, entity, entity.id)", "return sa.select(entity.id)",
          (of(SEARCHES, "stranger"),)),
    Plant("a search that walks finds what is not seen", "store.search.findings",
          "        seen = visible(viewer, entity)\n", "        seen = sa.true()\n",
          (f"{FOUND}[sqlite-walks]",)),
    Plant("who listens is not asked who they are", "store.queries.changes",
          "mine = sa.or_(visible(viewer, entity), deleted(viewer, entity))", "mine = sa.true()",
          ("tests/schema/test_subscription.py::test_what_is_hidden_in_a_container_that_is_seen_is_not_heard[sqlite]",)),
    Plant("rows by id are looked up without the viewer", "schema.reads",
          "return select_visible(viewer, entity, *columns).where(among_keys).limit(ROWS_MAX)",
          "return sa.select(*columns).select_from(entity).where(among_keys).limit(ROWS_MAX)",
          (given("stranger"),), "2019-SV5"),
    Plant("lists inside rows hold what is hidden", "schema.reads",
          "statement = select_visible(viewer, entity, *columns, parent)",
          "statement = sa.select(*columns, parent).select_from(entity)",
          (f"{VISIBILITY}::test_what_others_own_in_ones_own_things_is_neither_shown_nor_counted[sqlite]",), "2019-SV5"),
    Plant("the total counts what is hidden", "schema.reads",
          "statement = select_visible(viewer, entity, number)",
          "statement = sa.select(number).select_from(entity)", (of(LISTS, "administrator"), of(LISTS, "member"))),
    Plant("everybody is told what others may do", "schema.explanation",
          "if not (viewer.administrator or mine or row.group_id in viewer.leads):", "if False:",
          (f"{SCENARIOS}::test_only_those_who_look_after_things_are_told_what_others_may_do",)),
    Plant("what is explained is not what is done", "store.access",
          "    if row.group_id in viewer.shares:", "    if row.group_id not in viewer.leads:",
          (of(EXPLAINED, "stranger"),)),
    Plant("uploads of others are found by their token", "store.edits.uploads",
          "row.token == token, row.experimenter_id == viewer.experimenter_id", "row.token == token",
          ("tests/app/test_uploads.py::test_nobody_sees_uploads_of_others",), "2017-SV6"),
    Plant("what others sent is imported", "store.edits.uploads",
          ".where(row.experimenter_id == viewer.experimenter_id, row.batch == batch)",
          ".where(row.batch == batch)", ("tests/app/test_arrivals.py::test_nobody_imports_what_others_sent",)),
)  # fmt: skip

DOING = (
    Plant("who only reads may change", "store.access",
          "    if viewer.read_only:\n        return Verdict(False, Rule.READ_ONLY)\n", "",
          (attempts("narrowed"),), "CVE-2026-23896"),
    Plant("members own what is in their groups", "store.access",
          "    own = row.owner_id == viewer.experimenter_id\n    if own and right",
          "    own = row.group_id in viewer.groups\n    if own and right", (attempts("member"),)),
    Plant("owners give their things away", "store.access", "if own and right is not Right.GIVE:", "if own:",
          (attempts("owner"),)),
    Plant("leaders annotate in private groups", "store.access",
          "if permissions is GroupPermissions.PRIVATE and right in _NOT_IN_PRIVATE:", "if False:",
          (attempts("leader"),)),
    Plant("administrators need no privilege", "store.access", "if viewer.has(_PRIVILEGES[right]):",
          "if viewer.administrator:", (attempts("viewing"),), "2018-SV3"),
    Plant("everybody has what is not withheld", "store.access", _HAS,
          "return privilege not in self.withheld and not self.read_only", (attempts("member"),)),
    Plant("nothing is withheld", "store.access", _HAS,
          "return self.administrator and not self.read_only", (attempts("viewing"),), "2018-SV3"),
    Plant("tokens to read have privileges", "store.access", _HAS,
          "return self.administrator and privilege not in self.withheld",
          (f"{TOKENS}::test_an_administrator_who_only_reads_has_no_privilege[sqlite]",), "CVE-2026-23896"),
    Plant("leaders move rows of others", "store.access",
          "if row.group_id in viewer.leads and right is not Right.MOVE:", "if row.group_id in viewer.leads:",
          (attempts("leader"),)),
    Plant("leaders of one group are leaders of all", "store.access",
          "if row.group_id in viewer.leads and right is not Right.MOVE:",
          "if viewer.leads and right is not Right.MOVE:",
          (f"{SCENARIOS}::test_leaders_of_another_group_are_strangers",), "2019-SV6"),
    Plant("strangers have the rights of members", "store.access", "    if row.group_id not in viewer.groups:",
          "    if False:", (attempts("stranger"), of(FLAGS, "stranger"))),
    Plant("members annotate in read-only groups", "store.access",
          "GroupPermissions.READ_ONLY: frozenset({Right.RENDER}),",
          "GroupPermissions.READ_ONLY: frozenset({Right.RENDER, Right.ANNOTATE}),", (attempts("member"),)),
    Plant("members edit in read-annotate groups", "store.access",
          "frozenset({Right.RENDER, Right.ANNOTATE}),", "frozenset({Right.RENDER, Right.ANNOTATE, Right.EDIT}),",
          (attempts("member"),)),
    Plant("members delete in public groups", "store.access",
          "GroupPermissions.PUBLIC: frozenset({Right.RENDER}),",
          "GroupPermissions.PUBLIC: frozenset({Right.RENDER, Right.DELETE}),", (attempts("member"),)),
    Plant("members of read-write groups may not delete", "store.access",
          "_WRITE = frozenset({Right.LINK, Right.EDIT, Right.DELETE,", "_WRITE = frozenset({Right.LINK, Right.EDIT,",
          (attempts("member"),)),
    Plant("who may write may delete", "store.access", "Right.DELETE: Privilege.DELETE_OWNED,",
          "Right.DELETE: Privilege.WRITE_OWNED,", (attempts("writing"),)),
    Plant("who may give may move", "store.access", "Right.MOVE: Privilege.CHGRP,",
          "Right.MOVE: Privilege.CHOWN,", (attempts("giving"),)),
    Plant("a change is not asked whether it may", "store.edits.rows",
          "    permissions.require(type(row), row, Right.EDIT)", "    pass", (attempts("member"),), "2017-SV3"),
    Plant("what is referred to need not be seen", "store.edits.references",
          "select_visible(viewer, entity, columns.id, columns.owner_id, columns.group_id)",
          "sa.select(columns.id, columns.owner_id, columns.group_id).select_from(entity)",
          (links("stranger"),), "2017-SV6"),
    Plant("what is referred to need not be allowed", "store.edits.references",
          "if not allows(self.viewer, right, row, self.permissions[row.group_id], granted=its):", "if False:",
          (links("member"),)),
    Plant("rows of two groups are linked", "store.edits.references", "    if target.group_id != group:",
          "    if False:", (f"{SCENARIOS}::test_nothing_is_linked_across_groups",)),
    Plant("a deletion finds what is hidden", "store.edits.graph",
          "select_visible(walk.viewer, entity, entity.id, entity.owner_id, entity.group_id)",
          "sa.select(entity.id, entity.owner_id, entity.group_id).select_from(entity)",
          (attempts("stranger"),), "2019-SV2"),
    Plant("a deletion is not asked whether it may", "store.edits.graph_walk",
          "            if not self._may_take(row, permissions):", "            if False:",
          (attempts("member"),), "2017-SV3"),
    Plant("a deletion takes children that belong to others", "store.edits.graph_walk",
          "return {row.id for row in rows if self._may_take(row, permissions)}",
          "return {row.id for row in rows}", ("tests/store/test_graph.py",), "2016-SV1"),
    Plant("things are moved to groups of others", "store.edits.graph",
          "group = group_for(viewer, group_id, Privilege.CHGRP)", "group = group_id",
          ("tests/store/test_graph.py", attempts("narrowed"))),
    Plant("things are given to people outside", "store.edits.giving", "elif row.group_id not in groups:",
          "elif False:", (f"{SCENARIOS}::test_nothing_is_given_to_people_outside_the_group_or_gone",)),
    Plant("who only reads makes rows", "store.access",
          "    require_writer(viewer)\n    group = group_id if", "    group = group_id if",
          (f"{TOKENS}::test_who_only_reads_makes_nothing_in_their_own_groups[sqlite]",)),
    Plant("rows are made in groups of others", "store.access",
          "if not (viewer.has(privilege) or group in viewer.groups):", "if False:",
          ("tests/store/test_graph.py", "tests/store/test_containers.py")),
    Plant("files of the server are imported by everybody", "app.importing",
          "if not roots and not viewer.administrator:", "if False:",
          ("tests/app/test_importing.py::test_only_administrators_import_files_of_the_server_where_no_folder_is_named",), "2019-SV1"),
)  # fmt: skip

SIGNING_IN = (
    Plant("everybody makes accounts", "store.edits.people", '    require(viewer, Privilege.MODIFY_USER, "make accounts")\n', "",
          (f"{SIGN_IN}::test_only_administrators_manage_accounts",)),
    Plant("passwords of others are changed", "store.edits.people",
          '        require(viewer, Privilege.MODIFY_USER, "change other people\'s passwords")', "        pass",
          (PEOPLE,), "2018-SV3"),
    Plant("a lesser administrator changes a greater one's password", "store.edits.people",
          "    require_no_more(viewer, privileges_of(person))\n    person.password_hash", "    person.password_hash",
          (f"{TOKENS}::test_nobody_makes_or_changes_an_account_with_privileges_that_they_lack",), "2018-SV3"),
    Plant("a lesser administrator makes a greater one", "store.edits.people",
          "    if administrator:\n        require_no_more(viewer, set(Privilege) - kept)\n", "",
          (f"{TOKENS}::test_nobody_makes_or_changes_an_account_with_privileges_that_they_lack",), "2018-SV3"),
    Plant("leaders of any group add members to all", "store.edits.people",
          "    if group_id not in viewer.leads:", "    if not viewer.leads:", (PEOPLE,), "2019-SV6"),
    Plant("leaders open their groups", "store.edits.group_levels", "    if permissions in _OPENING:", "    if False:",
          (f"{SCENARIOS}::test_only_administrators_open_a_group_and_only_leaders_close_it",)),
    Plant("an empty password opens accounts", "store.sign_in",
          "matches = password_matches(row.password_hash if row else None, password)",
          "matches = not password or password_matches(row.password_hash if row else None, password)",
          (f"{SIGN_IN}::test_a_password_opens_its_account_only",), "2012-SV1, 2014-SV2"),
    Plant("accounts that were closed sign in", "store.sign_in",
          "return row.id if row is not None and matches and row.active else None",
          "return row.id if row is not None and matches else None", (SIGN_IN,)),
    Plant("sessions never end", "store.sign_in",
          "            row.expires > moment,\n            row.last_used > moment - idle,\n        )",
          "        )", (f"{SIGN_IN}::test_a_session_ends_when_idle_or_old",)),
    Plant("tokens never end", "store.tokens",
          "            row.secret_hash == hashed(secret), row.expires > moment\n",
          "            row.secret_hash == hashed(secret)\n",
          (f"{TOKENS}::test_a_token_gives_its_viewer_until_it_ends_or_is_revoked",)),
    Plant("tokens to read write", "store.tokens", "read_only=scope is TokenScope.READ, ", "",
          (f"{TOKENS}::test_no_token_is_good_for_more_than_its_scope",), "CVE-2026-23896"),
    Plant("tokens to write administer", "store.tokens", "replace(viewer, administrator=False, ", "replace(viewer, ",
          (f"{TOKENS}::test_no_token_is_good_for_more_than_its_scope",), "CVE-2026-23896"),
    Plant("tokens make tokens", "store.tokens", "    if viewer.by_token or viewer.acted_by is not None:", "    if False:",
          (f"{TOKENS}::test_no_token_makes_a_token_or_a_password",), "CVE-2026-23896"),
    Plant("tokens have privileges that their accounts lack", "store.tokens", "lacking = sorted(wanted - own)",
          "lacking: list[Privilege] = []",
          (f"{TOKENS}::test_nobody_makes_a_token_with_a_privilege_that_they_lack",), "CVE-2026-23896"),
    Plant("tokens of others are revoked", "store.tokens", "mine = select_visible(viewer, entity, entity.id, entity.experimenter_id)",
          "mine = sa.select(entity.id, entity.experimenter_id)",
          (f"{TOKENS}::test_tokens_of_others_do_not_exist",)),
    Plant("whoever asks is who asked before", "app.context",
          "        key = secret_of(request, self.settings.port)\n        known = self._viewers",
          "        key = None\n        known = self._viewers",
          (f"{SIGHTS}::test_people_who_ask_in_turn_are_themselves",)),
    Plant("neighbours of a tile are handed to whoever asks", "app.routes.tiles",
          "(before, suffix, *asked[1:])", "(before, suffix, asked[1])",
          (f"{SIGHTS}::test_nobody_else_gets_the_neighbours_of_a_tile_that_somebody_knows",)),
    Plant("who waits for a tile keeps rights taken away meanwhile", "app.routes.tiles",
          "if micrograph.recent_state(scope) == micrograph.state_at(scope):", "if scope:",
          (f"{SIGHTS}::test_who_waits_for_a_neighbour_of_a_known_tile_is_asked_about_anew",)),
    Plant("a wrong token is made good by a cookie", "app.auth",
          "    if token is not None:\n        return token\n    held",
          "    if token is not None and not session_secret(request, port):\n        return token\n    held",
          (f"{ROUTES}::test_a_wrong_token_is_not_made_good_by_a_cookie",)),
    Plant("tokens are taken from cookies", "app.auth", "return None if secret.startswith((TOKEN, LINK, VISIT)) else secret", "return secret",
          (f"{ROUTES}::test_a_token_in_a_cookie_is_nobodys",), "CVE-2014-7198"),
    Plant("pictures that somebody saw are shown to all", "app.context",
          'key = (secret_of(request, self.settings.port) or "", image_id, settings_hash)',
          'key = ("", image_id, settings_hash)', (f"{ROUTES}::test_what_is_in_a_cache_is_asked_for_anew_by_everybody",),
          "2016-SV2", everywhere=True),
    Plant("plates that somebody saw are shown to all", "app.context",
          'key = (secret_of(request, self.settings.port) or "", part)', 'key = ("", part)',
          (f"{ROUTES}::test_what_a_plate_shows_is_asked_for_anew_by_everybody",), "2016-SV2"),
    Plant("pages of other sites change things", "app.edge", "    if foreign:", "    if False:",
          ("tests/app/test_edge.py",), "CVE-2014-7198"),
    Plant("a changed Host is ours", "app.edge", "        if name in self._names:", "        if name:",
          ("tests/app/test_edge.py",), "CVE-2026-48710"),
)  # fmt: skip

PLANTS = (*SEEING, *DOING, *SIGNING_IN)
