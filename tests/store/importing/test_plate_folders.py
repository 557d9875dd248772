import datetime as dt
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tifffile

from store import models
from store.errors import UnreadableFileError
from store.importing.parsed import ParsedFileset
from store.importing.readers import parse
from store.importing.scan import scan
from store.pixels.repository import Repository
from tests.images import make_image, parse_path, record_of, values_of, write_rgb

BTS = 'xmlns:bts="http://www.yokogawa.co.jp/BTS/BTSSchema/1.0" bts:Version="1.0"'
WELL = make_image((2, 2, 3, 20, 30), np.uint16)
"""The planes of a field; that of another field is this plus its number."""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "derived")


def rows(fileset: ParsedFileset, table: Any) -> list[dict[str, Any]]:
    assert fileset.document is not None
    return fileset.document.of(table)


def pixels(fileset: ParsedFileset, repository: Repository, number: int) -> np.ndarray:
    return values_of(repository.open(record_of(fileset, fileset.images[number])))


def write_yokogawa(folder: Path, suffix: str = "tif") -> Path:
    """Two wells of two fields, T, C and Z, and the documents that describe them."""
    folder.mkdir()
    records = []
    number = 0
    for row, column in ((2, 3), (2, 4)):
        for field in (1, 2):
            for t, c, z in np.ndindex(2, 2, 3):
                name = f"W{row}{column}F{field}T{t}C{c}Z{z}.{suffix}"
                plane = WELL[t, c, z] + number
                if suffix == "png":
                    PIL.Image.fromarray(plane).save(folder / name)
                else:
                    tifffile.imwrite(folder / name, plane, metadata=None, description=name)
                records.append(
                    f'<bts:MeasurementRecord bts:Time="2026-03-04T05:06:{7 + 2 * t:02}.0000000+00:00" '
                    f'bts:Column="{column}" bts:Row="{row}" bts:FieldIndex="{field}" '
                    f'bts:TimePoint="{t + 1}" bts:ZIndex="{z + 1}" bts:Ch="{c + 1}" bts:Type="IMG" '
                    f'bts:X="{100.5 * field}" bts:Y="-50" bts:Z="{2.5 * z}">{name}</bts:MeasurementRecord>'
                )
            number += 1
    records.append(
        '<bts:MeasurementRecord bts:Column="1" bts:Row="1" bts:Type="ERR">lost</bts:MeasurementRecord>'
    )
    head = '<?xml version="1.0" encoding="utf-8"?>\r\n'
    (folder / "MeasurementData.mlf").write_text(
        f"{head}<bts:MeasurementData {BTS}>{''.join(records)}</bts:MeasurementData>"
    )
    (folder / "MeasurementDetail.mrf").write_text(
        f'{head}<bts:MeasurementDetail {BTS} bts:Title="Screen 5" bts:TargetSystem="CV8000" '
        'bts:BeginTime="2026-03-04T05:06:07+00:00" bts:MeasurementSettingFileName="run.mes" '
        'bts:RowCount="16" bts:ColumnCount="24">'
        '<bts:MeasurementChannel bts:Ch="1" bts:HorizontalPixelDimension="0.325" '
        'bts:VerticalPixelDimension="0.325"/></bts:MeasurementDetail>'
    )
    (folder / "run.mes").write_text(
        f"{head}<bts:MeasurementSetting {BTS}><bts:ChannelList>"
        '<bts:Channel bts:Ch="1" bts:Target="DAPI" bts:Objective="20x" bts:Magnification="20" '
        'bts:Color="#FF0000FF" bts:Acquisition="BP445/45"><bts:LightSourceName>405nm'
        "</bts:LightSourceName></bts:Channel>"
        '<bts:Channel bts:Ch="2" bts:Target="GFP" bts:Color="#FF00FF00" bts:Acquisition="BP525/50"/>'
        "</bts:ChannelList></bts:MeasurementSetting>"
    )
    return folder


@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_a_yokogawa_folder_is_a_plate(suffix: str, tmp_path: Path, repository: Repository) -> None:
    fileset = parse_path(write_yokogawa(tmp_path / "plate", suffix))
    (plate,) = rows(fileset, models.Plate)
    wells = rows(fileset, models.Well)
    planes = [row for row in rows(fileset, models.Plane) if row["pixels_id"] == 1]

    assert fileset.format == "Yokogawa CellVoyager plate"
    assert (plate["name"], plate["rows"], plate["columns"]) == ("Screen 5", 16, 24)
    assert [(well["row"], well["column"]) for well in wells] == [(1, 2), (1, 3)]
    assert [image.name for image in fileset.images] == [
        "Screen 5 [B03, field 1]", "Screen 5 [B03, field 2]",
        "Screen 5 [B04, field 1]", "Screen 5 [B04, field 2]",
    ]  # fmt: skip
    for number in range(4):
        np.testing.assert_array_equal(pixels(fileset, repository, number), WELL + number)
    assert {plane["position_x"] for plane in planes} == {201.0}
    assert {(plane["the_t"], plane["delta_t"]) for plane in planes} == {(0, 0.0), (1, 2.0)}
    assert len(fileset.files) == 3 + 48


def test_a_yokogawa_plate_says_how_it_was_taken(tmp_path: Path) -> None:
    fileset = parse_path(write_yokogawa(tmp_path / "plate"))
    channels = rows(fileset, models.Channel)[:2]
    found = rows(fileset, models.Pixels)[0]

    assert [channel["name"] for channel in channels] == ["DAPI", "GFP"]
    assert [channel["color"] for channel in channels] == [65535, 16711935]
    assert (channels[0]["excitation_wavelength"], channels[1]["emission_wavelength"]) == (405, 525)
    assert (found["physical_size_x"], found["physical_size_z"]) == pytest.approx((0.325, 2.5))
    assert rows(fileset, models.Objective)[0]["nominal_magnification"] == 20
    assert len(rows(fileset, models.PlateAcquisition)) == 1
    assert ("MeasurementDetail TargetSystem", "CV8000") in {
        (pair["key"], pair["value"]) for pair in rows(fileset, models.MapPair)
    }
    started = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
    assert rows(fileset, models.PlateAcquisition)[0]["start_time"] == started


def test_a_yokogawa_plate_is_found_by_its_list_too(tmp_path: Path) -> None:
    folder = write_yokogawa(tmp_path / "plate")
    (named,) = scan([folder / "MeasurementData.mlf"]).filesets
    (whole,) = scan([folder]).filesets

    assert named == whole


def test_pictures_that_are_missing_leave_their_planes_dark(
    tmp_path: Path, repository: Repository
) -> None:
    folder = write_yokogawa(tmp_path / "plate")
    (folder / "W23F1T1C0Z2.tif").unlink()
    fileset = parse_path(folder)
    wanted = WELL.copy()
    wanted[1, 0, 2] = 0

    np.testing.assert_array_equal(pixels(fileset, repository, 0), wanted)


def test_a_damaged_description_leaves_the_plate_as_its_list_says(
    tmp_path: Path, repository: Repository
) -> None:
    folder = write_yokogawa(tmp_path / "plate")
    (folder / "MeasurementDetail.mrf").write_text("<bts:MeasurementDetail")
    fileset = parse_path(folder)

    assert rows(fileset, models.Plate)[0]["name"] == "plate"
    np.testing.assert_array_equal(pixels(fileset, repository, 3), WELL + 3)


def test_a_list_cannot_name_files_of_other_folders(tmp_path: Path) -> None:
    folder = write_yokogawa(tmp_path / "plate")
    shutil.copy(folder / "W23F1T0C0Z0.tif", tmp_path / "secret.tif")
    path = folder / "MeasurementData.mlf"
    path.write_text(
        path.read_text().replace(">W2", ">../W2").replace("../W23F1T0C0Z0.tif", "../secret.tif")
    )
    (found,) = scan([folder]).filesets

    with pytest.raises(UnreadableFileError, match="names no picture that is in the folder"):
        parse(found)


def write_metaxpress(folder: Path, deep: bool) -> Path:
    """Two wells of two sites and two waves; time points and steps in folders of their own."""
    folder.mkdir()
    (folder / "run7.HTD").write_text(
        '"HTSInfoFile", Version 1.0\r\n"Description", "dose, response"\r\n"TimePoints", 2\r\n'
        '"XWells", 12\r\n"YWells", 8\r\n"XSites", 2\r\n"YSites", 1\r\n"NWavelengths", 2\r\n'
        '"WaveName1", "DAPI"\r\n"WaveName2", "FITC"\r\n'
        '"UniquePlateIdentifier", "ABC-7"\r\n"EndFile"\r\n'
    )
    said = (
        '<MetaData><prop id="spatial-calibration-state" type="bool" value="on"/>'
        '<prop id="spatial-calibration-x" type="float" value="0.65"/>'
        '<prop id="spatial-calibration-y" type="float" value="0.65"/>'
        '<prop id="_MagSetting_" type="string" value="10X Plan Apo"/>'
        '<prop id="_MagNA_" type="float" value="0.45"/>'
        '<prop id="acquisition-time-local" type="time" value="20260304 05:06:07.000"/></MetaData>'
    )
    for t, z in np.ndindex(2 if deep else 1, 3 if deep else 1):
        place = folder / f"TimePoint_{t + 1}" / f"ZStep_{z + 1}" if deep else folder
        place.mkdir(parents=True, exist_ok=True)
        for number, (well, site) in enumerate((w, s) for w in ("A01", "C12") for s in (1, 2)):
            for c in range(2):
                name = f"run7_{well}_s{site}_w{c + 1}0A1B2C3D-0000-1111-2222-333344445555.tif"
                tifffile.imwrite(
                    place / name, WELL[t, c, z] + number, metadata=None, description=said
                )
                thumb = name.replace(".tif", "_thumb.tif")
                tifffile.imwrite(place / thumb, WELL[0, 0, 0, :4, :4], metadata=None)
    return folder


@pytest.mark.parametrize("deep", [True, False])
def test_a_metaxpress_folder_is_a_plate(deep: bool, tmp_path: Path, repository: Repository) -> None:
    fileset = parse_path(write_metaxpress(tmp_path / "plate", deep))
    (plate,) = rows(fileset, models.Plate)
    wells = rows(fileset, models.Well)
    wanted = WELL if deep else WELL[:1, :, :1]

    assert fileset.format == "MetaXpress plate"
    assert (plate["name"], plate["rows"], plate["columns"]) == ("run7", 8, 12)
    assert plate["external_identifier"] == "ABC-7"
    assert [(well["row"], well["column"]) for well in wells] == [(0, 0), (2, 11)]
    assert len(fileset.images) == 4
    for number in range(4):
        np.testing.assert_array_equal(pixels(fileset, repository, number), wanted + number)
    assert [row["name"] for row in rows(fileset, models.Channel)[:2]] == ["DAPI", "FITC"]
    assert rows(fileset, models.Pixels)[0]["physical_size_x"] == 0.65
    assert rows(fileset, models.Objective)[0]["nominal_magnification"] == 10


def write_plain(folder: Path) -> Path:
    folder.mkdir()
    for number, (row, column) in enumerate((("A", 1), ("B", 2))):
        for channel in (1, 2):
            name = f"Channel{channel}-{number + 1:02}-{row}-{column:02}.tif"
            tifffile.imwrite(folder / name, WELL[0, channel - 1, 0] + number, metadata=None)
    (folder / "wells.csv").write_text("ImageNumber,Column,Row,Dose\n1,01,A,0\n2,02,B,0.5\n")
    return folder


def test_a_folder_of_files_named_by_well_is_a_plate(tmp_path: Path, repository: Repository) -> None:
    fileset = parse_path(write_plain(tmp_path / "SBS"))
    (plate,) = rows(fileset, models.Plate)
    said = [(pair["key"], pair["value"]) for pair in rows(fileset, models.MapPair)]

    assert fileset.format == "Plate folder"
    assert (plate["name"], plate["rows"], plate["columns"]) == ("SBS", 8, 12)
    assert [image.name for image in fileset.images] == ["SBS [A01, field 1]", "SBS [B02, field 1]"]
    assert said == [("ImageNumber", "1"), ("Dose", "0"), ("ImageNumber", "2"), ("Dose", "0.5")]
    for number in range(2):
        got = pixels(fileset, repository, number)
        np.testing.assert_array_equal(got, WELL[:1, :, :1] + number)


def test_a_file_that_is_unlike_the_others_is_not_taken_for_one_of_them(tmp_path: Path) -> None:
    folder = write_plain(tmp_path / "SBS")
    write_rgb(folder / "Channel2-02-B-02.tif", make_image((1, 3, 1, 20, 30), np.uint16))

    with pytest.raises(UnreadableFileError, match="other planes of the image"):
        parse_path(folder)


def test_files_that_are_alike_but_lie_elsewhere_have_their_own_pixels(
    tmp_path: Path, repository: Repository
) -> None:
    folder = write_plain(tmp_path / "SBS")
    path = folder / "Channel2-01-A-01.tif"
    tifffile.imwrite(path, WELL[0, 1, 0], metadata=None, description="x" * 1000)
    os.utime(path)
    fileset = parse_path(folder)

    np.testing.assert_array_equal(pixels(fileset, repository, 0), WELL[:1, :, :1])
