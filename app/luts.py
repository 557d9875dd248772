"""Uploaded lookup tables, as they are now."""

from app.sights import Sights
from render.luts import LookupTable
from store.database import Database
from store.queries.lookup_tables import lookup_table


class UploadedTables:
    """Finds uploaded lookup tables; what was found is kept until the next commit. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sights: Sights[tuple[LookupTable | None]] = Sights()

    def find(self, name: str) -> LookupTable | None:
        """Return the table of a name, as `render.luts.plain_name` gives it, if there is one.

        Takes a connection of its own: not to be called while another session is open.

        Raises:
            UnavailableError: The database cannot answer now.
        """
        state = self._database.state()
        known = self._sights.find(state, name)
        if known is None:
            with self._database.reading() as session:
                known = (lookup_table(session, name),)
            self._sights.keep(state, name, known)
        return known[0]
