"""`micrograph serve`: refuse what is unsafe, listen, print the address, warm up behind it."""

import contextlib
import importlib
import logging
import sys
import threading
from collections.abc import Callable

from app.context import Micrograph
from app.errors import ConfigurationError
from app.imports import Imports
from app.main import create_app
from app.memory import collect_at_rest, give_back_compiler
from app.server import listen, make_server
from app.settings import Settings
from store.sign_in import administrator_has_password

logger = logging.getLogger(__name__)

SWITCH_S = 0.001
"""How long a thread may keep the interpreter lock while another waits. With Python's 5 ms the event
loop waits that long whenever it has to do something while an answer is being made."""
LOADED_WITHIN_S = 1.0
"""How long the server waits for its kernels before it listens; from disk they take half of it."""
HEAD_START_S = 0.3
"""How long the first requests have the processors to themselves. Whoever asks for GraphQL meanwhile
builds the schema at once; the first tile takes half as long as beside the warming up."""


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until a signal ends the process.

    Args:
        settings: Where to listen, and everything else.
        ready: Given the address to open once requests are answered; on loopback it carries a
            one-time token that signs the local administrator in.

    Raises:
        ConfigurationError: The address is taken, or it is not loopback and no administrator has
            a password.
        UnavailableError: The database cannot be opened.
    """
    sys.setswitchinterval(SWITCH_S)
    loading = threading.Thread(target=_load_kernels, name="kernels", daemon=True)
    loading.start()
    micrograph = Micrograph(settings)
    micrograph.start()
    try:
        refuse_open_door(micrograph)
        # Whoever is told that the server is there gets a tile at once. Machine code that is not on
        # disk yet is not waited for: the first start on a machine compiles for some seconds.
        loading.join(LOADED_WITHIN_S)
        with listen(settings.host, settings.port) as taken:
            port = taken.getsockname()[1]
            server = make_server(
                create_app(micrograph), settings, lambda: _ready(micrograph, port, ready)
            )
            with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C is how a server ends
                server.run(sockets=[taken])
    finally:
        micrograph.close()


def refuse_open_door(micrograph: Micrograph) -> None:
    """Refuse to serve beyond this machine while no administrator has a password.

    Raises:
        ConfigurationError: It would.
    """
    if micrograph.settings.loopback:
        return
    with micrograph.database.reading() as session:
        safe = administrator_has_password(session)
    if not safe:
        raise ConfigurationError(
            f"Not serving at {micrograph.settings.host}: no administrator has a password yet, so"
            " anybody who reaches this machine could become one.",
            "Set it with `micrograph user password root`, or serve this machine only (127.0.0.1).",
        )


def address_of(micrograph: Micrograph, port: int) -> str:
    """Return the address to open; on loopback with a fresh one-time token."""
    settings = micrograph.settings
    name = settings.host if settings.host not in {"0.0.0.0", "::"} else "localhost"  # noqa: S104
    base = f"http://{f'[{name}]' if ':' in name else name}:{port}"
    if not settings.loopback:
        return f"{base}/"
    return f"{base}/login?token={micrograph.tokens.issue()}"


def _load_kernels() -> None:
    from render.warmup import warm_tiles

    warm_tiles()


def warm_up(micrograph: Micrograph) -> None:
    """Do what the first requests would have to wait for: compile kernels, build the schema."""
    from render.warmup import warm
    from schema import texts

    # Under its lock and before all else: two threads that import the same modules in another
    # order find them half made.
    _ = micrograph.graphql
    importlib.import_module("app.listening")
    warm()
    texts.warm()
    give_back_compiler()
    if isinstance(micrograph.imports, Imports):
        micrograph.imports.keep_going()
    slots = micrograph.slots
    collect_at_rest(lambda: slots.render.idle and slots.metadata.idle)


def _ready(micrograph: Micrograph, port: int, ready: Callable[[str], None]) -> None:
    warming = threading.Timer(HEAD_START_S, warm_up, (micrograph,))
    warming.name, warming.daemon = "warm-up", True
    warming.start()
    ready(address_of(micrograph, port))
