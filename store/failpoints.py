"""Places where a test may end the program or let a write fail, to see what is left behind.

`MICROGRAPH_FAILPOINT=NAME`, `NAME:N` or `NAME:N=ENOSPC` names a place, the how manieth time that it
is reached, and what happens then: the process is killed, as by a power failure, or an error of the
operating system is raised, from then on each time. Without the variable nothing ever happens.
"""

import errno
import os
import signal

VARIABLE = "MICROGRAPH_FAILPOINT"

NAMES = (
    "import.submitted",
    "import.planned",
    "import.copying",
    "import.copied",
    "import.staged",
    "import.parsed",
    "import.placed",
    "import.synced",
    "import.writing",
    "import.written",
    "import.committed",
    "import.settled",
    "import.measured",
    "import.finished",
)
"""Of an import by copy, in the order in which they are reached."""


class _Armed:
    """What happens where."""

    name = ""
    then = ""
    left = 0


def arm(text: str) -> None:
    """Choose what happens, as the variable does; an empty text: nothing.

    For processes that are forked by a test.
    """
    place, _, _Armed.then = text.partition("=")
    _Armed.name, _, number = place.partition(":")
    _Armed.left = int(number) if number.isdigit() else 1


def reach(name: str) -> None:
    """Note that the program is at a place; see the module.

    Raises:
        OSError: The place is where a test wants one.
    """
    if name != _Armed.name:
        return
    _Armed.left -= 1
    if _Armed.left > 0:
        return
    if not _Armed.then or _Armed.then == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    number = getattr(errno, _Armed.then)
    raise OSError(number, os.strerror(number))


arm(os.environ.get(VARIABLE, ""))
