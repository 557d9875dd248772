"""Find words: FTS5 tables on SQLite, a column of words with a GIN index on PostgreSQL.

Revision: 0004, after 0003. The database itself keeps them, so that whatever writes a text, in
whatever way, can be found by the next read. Words are runs of letters and digits, without case
and without the accents of Latin letters, alike on both.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SOURCES = {
    "project": {"name": "a", "description": "b"},
    "dataset": {"name": "a", "description": "b"},
    "image": {"name": "a", "description": "b"},
    "screen": {"name": "a", "description": "b"},
    "plate": {"name": "a", "description": "b", "external_identifier": "c"},
    "plate_acquisition": {"name": "a", "description": "b"},
    "well": {"external_description": "b", "external_identifier": "c", "type": "d"},
    "reagent": {"name": "a", "description": "b", "reagent_identifier": "c"},
    "folder": {"name": "a", "description": "b"},
    "roi": {"name": "a", "description": "b"},
    "shape": {"text": "b"},
    "annotation": {"text_value": "b", "description": "c"},
    "map_pair": {"key": "a", "value": "b"},
    "channel": {"name": "a", "fluor": "c"},
    "original_file": {"name": "a", "path": "c"},
    "protocol": {"name": "a", "description": "b", "identifier": "c"},
    "protocol_step": {"title": "a", "text": "b"},
    "run": {"name": "a", "description": "b", "software": "c"},
}
"""Tables with text, their columns, and the letter that tells the columns apart on PostgreSQL."""

MOST = 100_000
"""Characters of one text that are indexed: a tsvector holds at most a megabyte."""


def _sqlite(table: str, columns: dict[str, str]) -> list[str]:
    index, names = f"search_{table}", ", ".join(f'"{name}"' for name in columns)
    old, new = (
        ", ".join(f"""substr(coalesce({row}."{name}", ''), 1, {MOST})""" for name in columns)
        for row in ("old", "new")
    )
    had, has = (
        f"coalesce({', '.join(f'''{row}."{name}"''' for name in columns)}, NULL) IS NOT NULL"
        for row in ("old", "new")
    )
    changed = " OR ".join(f'old."{name}" IS NOT new."{name}"' for name in columns)
    # Constants of this file, as are all names here.
    add = f"INSERT INTO {index}(rowid, {names}) SELECT new.id, {new} WHERE {has};"
    remove = (
        f"INSERT INTO {index}({index}, rowid, {names}) SELECT 'delete', old.id, {old} WHERE {had};"
    )
    return [
        f"CREATE VIRTUAL TABLE {index} USING fts5({names}, content='', columnsize=0,"
        ' tokenize="unicode61 remove_diacritics 2")',
        f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} WHEN {has} BEGIN {add} END",
        f"CREATE TRIGGER {index}_update AFTER UPDATE OF {names} ON {table} WHEN {changed}"
        f" BEGIN {remove} {add} END",
        f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} WHEN {had} BEGIN {remove} END",
        add.replace("WHERE", f"FROM {table} AS new WHERE").rstrip(";"),
    ]


def _small_letters() -> tuple[str, str]:
    """Capital letters beyond ASCII that have one small letter, and those."""
    ranges = ((0xC0, 0x587), (0x10A0, 0x1100), (0x1C90, 0x1CC0), (0x1E00, 0x2000), (0x2C00, 0x2E00))
    letters = [chr(code) for first, end in ranges for code in range(first, end)]
    pairs = {letter: letter.lower() for letter in letters if len(letter.lower()) == 1}
    pairs = {letter: small for letter, small in pairs.items() if small != letter}
    return "".join(pairs), "".join(pairs.values())


# What is neither letter, digit nor private character, beyond ASCII.
OTHERS = (
    r"[\u0080-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2000-\u206f"
    r"\u20a0-\u20ff\u2190-\u245f\u2500-\u2775\u2794-\u2bff\u2e00-\u3004\u3008-\u3020\u3030"
    r"\ufe10-\ufe6f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufffc-\uffff]"
)


def _functions(version: int) -> str:
    # Each word gets its column's letter in front: words of columns are told apart and counted
    # apart, and PostgreSQL's parser does not cut "9e11b" in two as a number and something else.
    # From version 17 on PostgreSQL knows small letters in every database.
    plain = "translate(given, 'µς', 'μσ')"
    capitals, small = _small_letters()
    lowered = (
        f"lower({plain} COLLATE pg_c_utf8)"
        if version >= 170_000
        else f"""lower(translate({plain}, '{capitals}', '{small}') COLLATE "C")"""
    )
    return rf"""
CREATE FUNCTION search_latin(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    regexp_replace(normalize(regexp_replace(
        normalize(given, NFD), '([A-Za-z])[\u0300-\u036f]+', '\1', 'g'), NFC), '{OTHERS}', ' ', 'g');
CREATE FUNCTION search_small(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {lowered};
CREATE FUNCTION search_spaced(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {_single_spaces(f"translate(given, {SIGNS}, {SPACES})")};
CREATE FUNCTION search_words(given text, letter text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    to_tsvector('pg_catalog.simple', letter || replace(search_spaced(
        CASE WHEN octet_length(given) = length(given) THEN left(given, {MOST})
        ELSE search_small(search_latin(left(given, {MOST}))) END), ' ', ' ' || letter));
"""


_SIGNS = [code for code in range(1, 128) if not chr(code).isalnum()]
SIGNS = "E'" + "".join(f"\\x{code:02x}" for code in _SIGNS) + "'"
SPACES = "'" + " " * len(_SIGNS) + "'"


def _single_spaces(text: str) -> str:
    """Make one space of up to 32; longer gaps only keep a phrase from reaching across."""
    for _ in range(5):
        text = f"replace({text}, '  ', ' ')"
    return text


def _postgresql(table: str, columns: dict[str, str]) -> list[str]:
    words = " || ".join(
        f"""search_words(coalesce("{name}", ''), '{letter}')""" for name, letter in columns.items()
    )
    # A row without any text, as most shapes are, costs nothing.
    texts = ", ".join(f'"{name}"' for name in columns)
    words = f"CASE WHEN coalesce({texts}) IS NOT NULL THEN {words} END"
    return [
        f"ALTER TABLE {table} ADD COLUMN search_words tsvector"
        f" GENERATED ALWAYS AS ({words}) STORED",
        f"CREATE INDEX ix_search_{table} ON {table} USING gin (search_words)"
        " WHERE search_words IS NOT NULL",
    ]


NUMBERS = """CREATE INDEX ix_search_map_pair_number ON map_pair (key_key, number)
    WHERE unit IS NOT NULL"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(NUMBERS)
    if connection.dialect.name == "postgresql":
        version = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
        connection.exec_driver_sql(_functions(int(version)).replace("%", "%%"))
    make = _postgresql if connection.dialect.name == "postgresql" else _sqlite
    for table, columns in SOURCES.items():
        for statement in make(table, columns):
            connection.exec_driver_sql(statement)


def downgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql("DROP INDEX ix_search_map_pair_number")
    if connection.dialect.name == "postgresql":
        for table in SOURCES:
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN search_words")
        connection.exec_driver_sql(
            "DROP FUNCTION search_words, search_spaced, search_small, search_latin"
        )
        return
    for table in SOURCES:
        for event in ("insert", "update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER search_{table}_{event}")
        connection.exec_driver_sql(f"DROP TABLE search_{table}")
