"""`micrograph demo`: sample images, made and imported once."""

from collections.abc import Callable

from app.context import Micrograph
from store.access import Viewer

PROJECT = "Samples"


def import_samples(micrograph: Micrograph, viewer: Viewer, say: Callable[[str], None]) -> None:
    """Make the sample images below the data folder, unless they are there, and import them.

    Each sub-folder of samples becomes a dataset of the project "Samples".

    Args:
        micrograph: Started.
        viewer: Who will own the images.
        say: Told what happens, one line at a time.

    Raises:
        UnreadableFileError: A sample cannot be imported.
    """
    raise NotImplementedError
