"""Reads the TIFF family: OME-TIFF sets, ImageJ hyperstacks, plain TIFF, Aperio slides."""

from store.errors import StoreError, UnreadableFileError
from store.importing import ome_tiff, ome_xml, plain_tiff
from store.importing.parsed import ParsedFileset
from store.importing.scan import FoundFileset
from store.importing.tiff_pages import reason


def parse(found: FoundFileset) -> ParsedFileset:
    """Read the metadata and index the chunks of one fileset; no pixel is decoded.

    Raises:
        UnreadableFileError: A file is missing, damaged, or not what the metadata says.
        UnsupportedError: The samples are stored in a way that is not handled.
        InvalidInputError: Sizes that no image can have.
    """
    try:
        return _parse(found)
    except StoreError:
        raise
    # The one adapter between hostile files and people: libraries that parse them raise twenty
    # kinds of exceptions, MemoryError and RecursionError among them.
    except Exception as error:
        raise UnreadableFileError(
            f"{found.master.name} is damaged: {reason(error)}.",
            "Replace it by an undamaged copy.",
            path=str(found.master),
        ) from error


def _parse(found: FoundFileset) -> ParsedFileset:
    document = ome_tiff.document(found.master)
    head = document if isinstance(document, str) else document[:4096].decode("utf-8", "replace")
    if ome_xml.is_ome_xml(head) or not ome_tiff.is_tiff(found.master):
        return ome_tiff.parse_set(found.master)
    return plain_tiff.parse_file(found.master)
