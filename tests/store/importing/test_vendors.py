"""What vendors' files say arrives in the OME model."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from store import models
from store.errors import UnreadableFileError, UnsupportedError
from store.importing.acquired import ORIGINALS, flattened, flattened_xml, moment, printable
from store.importing.parsed import ParsedFileset
from store.importing.scan import scan
from tests.images import make_image, parse_path
from tests.vendors import write_dv, write_ics, write_ics_pair, write_mrc


def rows(fileset: ParsedFileset, table: Any) -> list[dict[str, Any]]:
    assert fileset.document is not None
    assert fileset.document.notes == []
    return fileset.document.of(table)


def originals(fileset: ParsedFileset) -> dict[str, str]:
    (note,) = rows(fileset, models.Annotation)
    assert note["namespace"] == ORIGINALS
    return {row["key"]: row["value"] for row in rows(fileset, models.MapPair)}


def test_a_deltavision_stack_tells_sizes_times_places_and_wavelengths(tmp_path: Path) -> None:
    fileset = parse_path(write_dv(tmp_path / "a.dv", make_image((2, 2, 3, 9, 7), np.int16)))
    (pixels,) = rows(fileset, models.Pixels)
    planes = rows(fileset, models.Plane)

    assert fileset.format == "DeltaVision"
    assert pixels["physical_size_x"] == pytest.approx(0.1)
    assert pixels["physical_size_z"] == pytest.approx(0.3)
    channels = rows(fileset, models.Channel)
    assert [channel["emission_wavelength"] for channel in channels] == [450, 520]
    assert [channel["excitation_wavelength"] for channel in channels] == [488, 488]
    assert len(planes) == 12
    last = next(row for row in planes if (row["the_t"], row["the_c"], row["the_z"]) == (1, 1, 2))
    assert (last["delta_t"], last["exposure_time"], last["position_x"]) == (16.5, 0.25, 21.0)
    assert originals(fileset) == {"Title 1": "Title"}


def test_an_mrc_volume_tells_sizes_in_micrometres(tmp_path: Path) -> None:
    fileset = parse_path(write_mrc(tmp_path / "a.mrc", make_image((1, 1, 3, 9, 7), np.int8)))
    (pixels,) = rows(fileset, models.Pixels)

    assert fileset.images[0].pixel_type == "int8"
    sizes = [pixels[f"physical_size_{axis}"] for axis in "xyz"]
    assert sizes == pytest.approx([2e-4, 3e-4, 4e-4])
    assert rows(fileset, models.Image)[0]["description"] == "Label"


def test_bytes_of_an_mrc_volume_from_before_the_standard_are_unsigned(tmp_path: Path) -> None:
    path = write_mrc(tmp_path / "a.mrc", make_image((1, 1, 1, 9, 7), np.int8))
    data = bytearray(path.read_bytes())
    data[108:112] = bytes(4)
    path.write_bytes(data)

    assert parse_path(path).images[0].pixel_type == "uint8"


def test_an_unknown_mode_of_mrc_is_named(tmp_path: Path) -> None:
    path = write_mrc(tmp_path / "a.mrc", make_image((1, 1, 1, 9, 7), np.int8))
    data = bytearray(path.read_bytes())
    data[12] = 101
    path.write_bytes(data)

    with pytest.raises(UnsupportedError, match="mode 101"):
        parse_path(path)


def test_an_ics_image_tells_scales_wavelengths_and_its_date(tmp_path: Path) -> None:
    fileset = parse_path(write_ics(tmp_path / "a.ics", make_image((2, 2, 3, 9, 7))))
    (pixels,) = rows(fileset, models.Pixels)

    assert [pixels[f"physical_size_{axis}"] for axis in "xyz"] == [0.1, 0.2, 0.3]
    assert pixels["time_increment"] == 5
    channels = rows(fileset, models.Channel)
    assert [channel["emission_wavelength"] for channel in channels] == [520, 600]
    date = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert rows(fileset, models.Image)[0]["acquisition_date"] == date
    assert originals(fileset)["layout order"] == "bits x y z ch t"


def test_an_ics_pair_is_found_by_either_file(tmp_path: Path) -> None:
    path = write_ics_pair(tmp_path / "a.ics", make_image((1, 1, 1, 9, 7)))
    for named in (path, path.with_suffix(".ids")):
        (found,) = scan([named]).filesets

        assert found.files == (path, path.with_suffix(".ids"))
    assert len(scan([tmp_path]).filesets) == 1


def test_an_ics_description_reads_no_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret.ids").write_bytes(bytes(1000))
    (tmp_path / "a").mkdir()
    path = write_ics_pair(tmp_path / "a" / "a.ics", make_image((1, 1, 1, 9, 7)))
    path.write_text(path.read_text() + "source\tfile\t../secret.ids\n")
    (skipped,) = scan([path]).skipped

    assert "secret.ids" in skipped.reason


@pytest.mark.parametrize("write", [write_dv, write_mrc, write_ics])
def test_a_stack_that_ends_too_early_is_damaged(write: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a", make_image((1, 1, 3, 9, 7), np.int16))
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(UnreadableFileError):
        parse_path(path)


def test_nested_values_become_paths() -> None:
    from lxml import etree

    nested = {"a": {"b": 1, "c": [1, 2]}, "d": [{"e": None}, {"e": "x"}]}
    root = etree.fromstring('<a x="1"><b>2</b><b>3</b><c/></a>')

    assert flattened(nested) == {"a|b": "1", "a|c": "[1, 2]", "d #2|e": "x"}
    assert flattened_xml(root) == {"a|x": "1", "a|b": "2", "a|b #2": "3"}


def test_times_and_texts_are_made_storable() -> None:
    assert moment("2020-01-02T03:04:05.1234567Z") == dt.datetime(
        2020, 1, 2, 3, 4, 5, 123456, tzinfo=dt.UTC
    )
    assert moment("yesterday") is None
    assert printable("a\0b\ud800\ufffe µ ") == "ab µ"
