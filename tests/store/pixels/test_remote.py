"""OME-Zarr at addresses: read by reference below registered roots, and nowhere else."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import numpy as np
import pytest

from store.errors import NotAllowedError, StoreError, UnavailableError, UnreadableFileError
from store.importing.found import FoundFileset
from store.importing.ome_zarr import find_remote, parse_remote
from store.pixels.addresses import allowed, parse_address, url_of
from store.pixels.http_objects import is_public
from store.pixels.remote import CHECKED_S, Remotes
from store.pixels.repository import Repository
from store.pixels.s3_access import S3Access
from store.pixels.source import PixelSource, Region
from tests.benchmarks.peers.servers import environment, started
from tests.images import make_image, record_of, values_of
from tests.served import Served
from tests.zarrs import write_plate, write_zarr

IMAGE = make_image((1, 2, 1, 70, 90))
WHOLE = Region(0, 0, 90, 70)
MOTO = "moto[server]==5.2.5"
SHARDED: dict[str, Any] = {"zarr_format": 3, "chunks": (1, 32, 32), "shards": (2, 96, 96)}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "served").mkdir()
    served = Served(tmp_path / "served")
    yield served
    served.close()


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def remotes(served: Served, now: list[float]) -> Iterator[Remotes]:
    remotes = Remotes([served.root], clock=lambda: now[0])
    yield remotes
    remotes.close()


def opened(url: str, remotes: Remotes, tmp_path: Path) -> PixelSource:
    found = find_remote(url, remotes)
    assert isinstance(found, FoundFileset)
    fileset = parse_remote(found, remotes)
    repository = Repository(tmp_path / "derived", remotes=remotes)
    return repository.open(record_of(fileset, fileset.images[0]))


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("options", [{}, SHARDED])
def test_an_image_at_an_address_is_read_by_reference(
    served: Served, remotes: Remotes, tmp_path: Path, options: dict[str, Any], ranges: bool
) -> None:
    served.ranges = ranges
    write_zarr(served.folder / "a b.zarr", IMAGE, "cyx", **options)

    source = opened(f"{served.root}/a b.zarr", remotes, tmp_path)

    np.testing.assert_array_equal(values_of(source), IMAGE)


def test_a_tile_asks_for_its_chunks_only(served: Served, remotes: Remotes, tmp_path: Path) -> None:
    write_zarr(served.folder / "a.zarr", IMAGE, "cyx", chunks=(1, 32, 32))
    source = opened(f"{served.root}/a.zarr", remotes, tmp_path)
    served.asked.clear()

    source.read(0, 0, 1, 0, Region(0, 0, 32, 32))
    source.read(0, 0, 1, 0, Region(4, 4, 16, 16))

    assert served.asked == ["/a.zarr/0/.zarray", "/a.zarr/0/1.0.0"]


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_plate_with_consolidated_metadata_takes_few_requests(
    served: Served, remotes: Remotes, zarr_format: int
) -> None:
    import zarr

    path = write_plate(served.folder / "plate.zarr", 2, 3, 2, zarr_format=zarr_format)
    zarr.consolidate_metadata(str(path))
    found = find_remote(f"{served.root}/plate.zarr", remotes)
    assert isinstance(found, FoundFileset)

    fileset = parse_remote(found, remotes)

    assert len(fileset.images) == 12
    assert len(served.asked) < 5


def test_missing_chunks_are_fill_values(served: Served, remotes: Remotes, tmp_path: Path) -> None:
    path = write_zarr(served.folder / "a.zarr", IMAGE, "cyx")
    (path / "0" / "0.0.0").unlink()
    source = opened(f"{served.root}/a.zarr", remotes, tmp_path)

    assert not source.read(0, 0, 1, 0, WHOLE).any()


def test_changed_metadata_is_noticed_after_a_minute(
    served: Served, remotes: Remotes, now: list[float], tmp_path: Path
) -> None:
    path = write_zarr(served.folder / "a.zarr", IMAGE, "cyx", chunks=(1, 64, 64))
    source = opened(f"{served.root}/a.zarr", remotes, tmp_path)
    source.read(0, 0, 0, 0, Region(0, 0, 9, 9))
    document = path / "0" / ".zarray"
    document.write_text(document.read_text() + " ")
    now[0] += CHECKED_S + 1

    with pytest.raises(UnreadableFileError, match="has changed since it was imported"):
        source.read(0, 0, 1, 0, Region(0, 0, 9, 9))


def test_redirects_are_not_followed(served: Served, remotes: Remotes, tmp_path: Path) -> None:
    write_zarr(served.folder / "a.zarr", IMAGE, "cyx")
    source = opened(f"{served.root}/a.zarr", remotes, tmp_path)
    served.status, served.location = 302, f"{served.root}/secret"
    served.asked.clear()

    with pytest.raises(UnreadableFileError, match="the server answers 302"):
        source.read(0, 0, 0, 0, WHOLE)
    assert "/secret" not in served.asked


def test_a_server_that_fails_is_unavailable(served: Served, remotes: Remotes) -> None:
    served.status = 503
    with pytest.raises(UnavailableError, match="answer 503"):
        find_remote(f"{served.root}/a.zarr", remotes)


def test_a_server_that_is_gone_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        root = f"http://127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(UnavailableError, match="cannot be reached"):
            find_remote(f"{root}/a.zarr", Remotes([root]))


def test_objects_larger_than_makes_sense_are_not_read(
    served: Served, remotes: Remotes, tmp_path: Path
) -> None:
    path = write_zarr(served.folder / "a.zarr", IMAGE, "cyx")
    (path / "0" / "0.0.0").write_bytes(bytes(2**20))
    source = opened(f"{served.root}/a.zarr", remotes, tmp_path)

    with pytest.raises(UnreadableFileError, match="it has more than"):
        source.read(0, 0, 0, 0, WHOLE)


ROOTS = ["https://data.example.org/images", "s3://bucket/images"]
ALLOWED = [
    "https://data.example.org/images",
    "https://data.example.org/images/",
    "https://data.example.org:443/images/a.zarr",
    "https://DATA.example.org/images/a.zarr",
    "s3://bucket/images/a/b.zarr",
]
REFUSED = [
    "http://data.example.org/images/a.zarr",
    "https://data.example.org/",
    "https://data.example.org/imagesecret/a.zarr",
    "https://data.example.org/images/../secret",
    "https://data.example.org/images/./../secret",
    "https://data.example.org/images/%2e%2e/secret",
    "https://data.example.org/images/..%2fsecret",
    "https://data.example.org/images\\..\\secret",
    "https://data.example.org/images//..//secret",
    "https://data.example.org/images/a.zarr?x=1",
    "https://data.example.org/images/a.zarr#x",
    "https://data.example.org:8443/images/a.zarr",
    "https://data.example.org:70000/images/a.zarr",
    "https://data.example.org:x/images/a.zarr",
    "https://user:secret@data.example.org/images/a.zarr",
    "https://data.example.org@evil.example/images/a.zarr",
    "https://evil.example/images/a.zarr",
    "https://evil.example/https://data.example.org/images/a.zarr",
    "https://data.example.org.evil.example/images/a.zarr",
    "https://evil.example?https://data.example.org/images",
    "https://evil.example#@data.example.org/images",
    "https:/data.example.org/images/a.zarr",
    "https:data.example.org/images/a.zarr",
    "https:///images/a.zarr",
    "//data.example.org/images/a.zarr",
    "https://data.example.org/images/a\n.zarr",
    "https://data.example.org/images/a\r\nHost: evil",
    "https://data.example.org/images/\0",
    "https://dаta.example.org/images/a.zarr",  # noqa: RUF001  a letter of another script
    "https://127.0.0.1/images/a.zarr",
    "https://127.1/images/a.zarr",
    "https://0/images/a.zarr",
    "https://0x7f000001/images/a.zarr",
    "https://2130706433/images/a.zarr",
    "https://[::1]/images/a.zarr",
    "https://[::ffff:127.0.0.1]/images/a.zarr",
    "https://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://localhost/images/a.zarr",
    "https://data.example.org./images/a.zarr",
    "file:///etc/passwd",
    "ftp://data.example.org/images/a.zarr",
    "gopher://data.example.org/images",
    "data:,x",
    "javascript:alert(1)",
    "S3://other/images/a.zarr",
    "s3://other/images/a.zarr",
    "s3://bucket/",
    "s3://bucket/imagesecret",
    "s3://bucket/images/../secret",
    "s3://bucket:80/images/a.zarr",
    "s3://bucket@other/images/a.zarr",
    "/etc/passwd",
    "images/a.zarr",
    "",
]


@pytest.mark.parametrize("url", ALLOWED)
def test_addresses_below_a_root_are_allowed(url: str) -> None:
    assert str(allowed(url, ROOTS)).startswith(("https://data.example.org/images", "s3://bucket/"))


@pytest.mark.parametrize("url", REFUSED)
def test_other_addresses_are_refused_before_anything_is_connected(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def resolved(*args: Any, **more: Any) -> list[Any]:
        asked.append(args)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolved)

    with pytest.raises(NotAllowedError):
        find_remote(url, Remotes(ROOTS))
    assert asked == []


def test_without_roots_nothing_is_allowed() -> None:
    with pytest.raises(NotAllowedError, match="MICROGRAPH_REMOTE_ROOTS"):
        find_remote("https://data.example.org/images", Remotes())


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.1", "198.18.0.1",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_names_that_lead_to_private_addresses_are_not_connected_to(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = (address, 443, 0, 0) if ":" in address else (address, 443)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [(family, socket.SOCK_STREAM, 6, "", place)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: found)

    assert not is_public(address)
    with pytest.raises(UnavailableError, match="leads to a private address"):
        find_remote("https://data.example.org/images/a.zarr", Remotes(ROOTS))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_other_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", ["s3://bucket/a/b", "https://host:8/a", "http://host/a"])
def test_addresses_survive_being_paths(url: str) -> None:
    assert url_of(Path(url)) == url
    assert url_of(url) == url
    assert str(parse_address(url)) == url


@pytest.mark.parametrize("path", ["/data/s3:/a", "/a.zarr", "a", "s3x:/a", "/s3://a"])
def test_paths_of_files_are_no_addresses(path: str) -> None:
    assert url_of(Path(path)) is None


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Access]:
    """A service like S3 on this machine with a bucket named images.

    In an environment of its own: it wants another python-dateutil than ours.
    """
    pytest.importorskip("obstore", reason="obstore is not installed")
    try:
        python = environment("moto", [MOTO])
    except RuntimeError as error:
        pytest.skip(f"{MOTO} cannot be installed: {error}")
    with started([str(python), "-m", "moto.server", "-H", "127.0.0.1", "-p"]) as server:
        access = S3Access(f"http://127.0.0.1:{server.port}", "us-east-1", "key", "secret")
        put(access, "images", b"")
        yield access


def put(access: S3Access, path: str, content: bytes) -> None:
    """Make a bucket, or an object in one."""
    url = f"{access.endpoint}/{quote(path)}"
    headers = {"content-type": "application/octet-stream"}
    with urlopen(Request(url, content, headers, method="PUT"), timeout=60) as answer:
        assert answer.status == 200


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("options", [{}, SHARDED])
def test_an_image_in_a_bucket_is_read_by_reference(
    s3: S3Access, tmp_path: Path, options: dict[str, Any]
) -> None:
    path = write_zarr(tmp_path / "a.zarr", IMAGE, "cyx", **options)
    for file in path.rglob("*"):
        if file.is_file():
            key = f"images/{len(options)}/a.zarr/{file.relative_to(path)}"
            put(s3, key, file.read_bytes())
    remotes = Remotes(["s3://images"], s3)

    source = opened(f"s3://images/{len(options)}/a.zarr", remotes, tmp_path)

    np.testing.assert_array_equal(values_of(source), IMAGE)
    with pytest.raises(NotAllowedError):
        find_remote("s3://other/a.zarr", remotes)
    with pytest.raises(StoreError):
        find_remote("s3://images/nothing.zarr/0/0/0", Remotes([], s3))
