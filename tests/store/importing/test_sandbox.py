"""Files are parsed in children that can do nothing else, and whose answers are not believed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psutil  # type: ignore[import-untyped]  # it publishes no types
import pytest

from store.errors import StoreError, UnreadableFileError, UnsupportedError
from store.importing.found import FoundFileset, Skipped
from store.importing.readers import parse
from store.importing.sandbox import Sandbox, answers, child, landlock, limits
from store.importing.scan import scan
from tests.images import make_image, write_imagej, write_ome, write_pages

PLUGIN = """
import ctypes, json, os, signal, socket, subprocess, threading, time
from store.errors import UnreadableFileError
from store.importing.found import FoundFileset


def recognise(path, head):
    return "evil" if head.startswith(b"EVIL") else None


def find(path, kind, taken):
    order = json.loads(path.read_bytes()[4:])
    if order.get("when") == "find":
        raise UnreadableFileError(json.dumps(attempt(order)))
    return FoundFileset("evil", path, (path,))


def parse(found):
    order = json.loads(found.master.read_bytes()[4:])
    raise UnreadableFileError(json.dumps(attempt(order)))


def attempt(order):
    try:
        return ["done", repr(globals()[order["do"]](*order.get("with", [])))]
    except MemoryError:
        raise
    except Exception as error:
        return ["refused", type(error).__name__]


def read(path):
    return open(path, "rb").read(100)


def listing(path):
    return os.listdir(path)


def write(path):
    open(path, "wb").write(b"x")


def connect(port):
    socket.create_connection(("127.0.0.1", port), timeout=2)


def program():
    return subprocess.run(["/bin/true"]).returncode


def fork():
    if os.fork() == 0:
        os._exit(0)


def descriptors():
    return sorted(int(name) for name in range(64) if is_open(name))


def is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def secrets():
    return sorted(name for name in os.environ if "SECRET" in name)


def memory():
    import numpy as np

    return [np.empty(2**26, np.uint8) for _ in range(64)]


def sleep():
    time.sleep(3600)


def spin():
    while True:
        pass


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def leave():
    os._exit(0)


def lie():
    os.write(3, b"Axxxxxxxx")
    os._exit(0)
"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all tests here, with a reader that another distribution brings."""
    plugin = tmp_path_factory.mktemp("plugin")
    (plugin / "evil-1.dist-info").mkdir()
    (plugin / "evil-1.dist-info" / "METADATA").write_text("Name: evil\nVersion: 1\n")
    (plugin / "evil-1.dist-info" / "entry_points.txt").write_text(
        "[micrograph.readers]\nevil = evil_reader\n"
    )
    (plugin / "evil_reader.py").write_text(PLUGIN)
    with pytest.MonkeyPatch.context() as patch, Sandbox(children=2) as found:
        patch.syspath_prepend(plugin)
        patch.setenv("SOME_SECRET", "x")
        yield found


@pytest.fixture
def order(tmp_path: Path) -> Callable[..., FoundFileset]:
    """Files that make that reader do something inside a child."""

    def made(do: str, *arguments: Any, name: str = "order", **more: Any) -> FoundFileset:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        path = folder / "order.evil"
        path.write_bytes(b"EVIL" + json.dumps({"do": do, "with": arguments, **more}).encode())
        return FoundFileset("evil", path, (path,), "evil")

    return made


def outcome(sandbox: Sandbox, found: FoundFileset) -> Any:
    """What became of an attempt inside a child."""
    with pytest.raises(UnreadableFileError) as caught:
        sandbox.parse(found)
    return json.loads(caught.value.message)


needs_landlock = pytest.mark.skipif(not landlock.version(), reason="the kernel has no Landlock")


def test_a_child_finds_what_the_program_itself_would_find(tmp_path: Path, sandbox: Sandbox) -> None:
    image = make_image((2, 2, 3, 20, 30), np.uint16)
    write_ome(tmp_path / "a.ome.tif", image)
    write_imagej(tmp_path / "b.tif", image)
    write_pages(tmp_path / "c.tif", make_image((3, 1, 1, 9, 7)))
    (tmp_path / "d.txt").write_text("a letter")
    (tmp_path / "e.tif").write_bytes(b"II*\0")
    (tmp_path / "sub").mkdir()
    write_ome(tmp_path / "sub" / "f.ome.tif", image)
    result = sandbox.scan([tmp_path])
    wanted = scan([tmp_path])

    assert result == wanted
    assert len(result.filesets) == 4
    assert list(sandbox.parsed(result.filesets)) == [parse(found) for found in wanted.filesets]


def test_errors_come_back_as_what_they_were(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\0\xff\0\0\0")
    path = write_pages(tmp_path / "b.tif", make_image((1, 1, 1, 9, 7)))
    founds = [
        FoundFileset("TIFF", tmp_path / "a.tif", (tmp_path / "a.tif",)),
        FoundFileset("TIFF", tmp_path / "gone.tif", (tmp_path / "gone.tif",)),
        FoundFileset("TIFF", path, (path,), "store.importing.nothing"),
        FoundFileset("TIFF", path, (path,)),
    ]
    damaged, gone, unknown, sound = sandbox.parsed(founds)

    assert isinstance(damaged, UnreadableFileError)
    assert damaged.path == str(tmp_path / "a.tif")
    assert isinstance(gone, UnreadableFileError)
    assert isinstance(unknown, UnsupportedError)
    assert not isinstance(sound, StoreError)


@needs_landlock
def test_a_child_opens_nothing_but_its_fileset(
    tmp_path: Path, sandbox: Sandbox, order: Callable[..., FoundFileset]
) -> None:
    other = tmp_path / "order" / "other.tif"
    (tmp_path / "order").mkdir()
    other.write_bytes(b"somebody else's")
    link = tmp_path / "order" / "link"
    link.symlink_to(other)
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempts = [
            ("read", str(other)),
            ("read", str(link)),
            ("read", f"/proc/self/root{other}"),
            ("read", "/etc/passwd"),
            ("read", "/proc/self/environ"),
            ("listing", str(tmp_path / "order")),
            ("listing", "/"),
            ("write", str(tmp_path / "order" / "new")),
            ("write", str(tmp_path / "order" / "order.evil")),
            ("connect", server.getsockname()[1]),
            ("program",),
        ]
        for do, *arguments in attempts:
            what, _ = outcome(sandbox, order(do, *arguments))
            assert what == "refused", (do, arguments)

    assert not (tmp_path / "order" / "new").exists()


def test_a_child_has_no_descriptor_but_its_answer_and_no_secret(
    sandbox: Sandbox, order: Callable[..., FoundFileset]
) -> None:
    assert outcome(sandbox, order("descriptors")) == ["done", "[0, 1, 2, 3]"]
    assert outcome(sandbox, order("secrets")) == ["done", "[]"]


@needs_landlock
def test_each_fileset_of_a_batch_sees_its_own_files_alone(
    tmp_path: Path, sandbox: Sandbox, order: Callable[..., FoundFileset]
) -> None:
    first = order("descriptors", name="first")
    founds = [
        first,
        *(order("read", str(first.master), name=f"n{number}") for number in range(5)),
        order("read", str(tmp_path / "own" / "order.evil"), name="own"),
    ]
    results = [json.loads(str(error.message)) for error in sandbox.parsed(founds)]  # type: ignore[union-attr]

    assert [what for what, _ in results] == ["done", *["refused"] * 5, "done"]


@needs_landlock
def test_a_look_at_files_reads_below_the_paths_that_were_named_alone(
    tmp_path: Path, sandbox: Sandbox, order: Callable[..., FoundFileset]
) -> None:
    beside = order("secrets", name="beside").master
    inside = order("read", str(beside), when="find").master
    result = sandbox.scan([inside.parent])
    allowed = sandbox.scan([inside.parent, beside.parent])

    assert [json.loads(left.reason.removeprefix("damaged: "))[0] for left in result.skipped] == [
        "refused"
    ]
    assert "done" in allowed.skipped[0].reason


def test_a_child_that_ends_is_a_typed_error_and_stops_no_other(
    tmp_path: Path, sandbox: Sandbox, order: Callable[..., FoundFileset]
) -> None:
    path = write_pages(tmp_path / "sound.tif", make_image((1, 1, 1, 9, 7)))
    sound = FoundFileset("TIFF", path, (path,))
    founds = [sound]
    for do in ("crash", "leave", "lie"):
        founds += [order(do, name=do), sound]
    results = list(sandbox.parsed(founds))

    for number, result in enumerate(results):
        assert isinstance(result, UnreadableFileError) == bool(number % 2), number
    messages = [result.message for result in results if isinstance(result, StoreError)]
    assert all("order.evil" in message for message in messages)
    assert f"signal {int(signal.SIGSEGV)}" in messages[0]


def test_a_look_that_a_child_does_not_survive_costs_one_file(
    sandbox: Sandbox, order: Callable[..., FoundFileset], tmp_path: Path
) -> None:
    order("crash", when="find", name="b")
    for name in "ac":
        (tmp_path / name).mkdir()
        write_pages(tmp_path / name / f"{name}.tif", make_image((1, 1, 1, 9, 7)))
    result = sandbox.scan([tmp_path / name for name in "abc"])

    assert [found.master.name for found in result.filesets] == ["a.tif", "c.tif"]
    assert [left.damaged for left in result.skipped] == [True]
    assert "crash" in result.skipped[0].reason


def test_memory_is_bounded(sandbox: Sandbox, order: Callable[..., FoundFileset]) -> None:
    with pytest.raises(UnreadableFileError, match="more than 1024 MiB of memory"):
        sandbox.parse(order("memory"))


def test_time_is_bounded(
    sandbox: Sandbox, order: Callable[..., FoundFileset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "wall_seconds", lambda _: 0.5)
    with pytest.raises(UnreadableFileError, match="longer than"):
        sandbox.parse(order("sleep"))


@pytest.mark.slow
def test_processor_time_is_bounded(sandbox: Sandbox, order: Callable[..., FoundFileset]) -> None:
    with pytest.raises(UnreadableFileError, match="longer than"):
        sandbox.parse(order("spin"))


@pytest.mark.skipif(os.geteuid() == 0, reason="no limit on processes holds for root")
def test_a_child_starts_no_process(sandbox: Sandbox, order: Callable[..., FoundFileset]) -> None:
    assert outcome(sandbox, order("fork"))[0] == "refused"


def test_nothing_is_left_when_it_is_closed(tmp_path: Path) -> None:
    path = write_pages(tmp_path / "a.tif", make_image((1, 1, 1, 9, 7)))
    found = FoundFileset("TIFF", path, (path,))
    before = descriptors(), children()
    with Sandbox(children=2) as sandbox:
        list(sandbox.parsed([found] * 40))
        assert children() > before[1]
    with Sandbox(children=1) as again:
        again.parse(found)
        again.close()
        again.parse(found)

    assert (descriptors(), children()) == before


def test_children_come_from_the_process_that_was_started_before(tmp_path: Path) -> None:
    path = write_pages(tmp_path / "a.tif", make_image((1, 1, 1, 9, 7)))
    ours = psutil.Process()
    before = set(ours.children())
    with Sandbox(children=1) as sandbox:
        sandbox.start()
        started = set(ours.children()) - before
        sandbox.start()
        sandbox.parse(FoundFileset("TIFF", path, (path,)))

        assert len(started) == 1
        assert set(ours.children()) - before == started
    assert set(ours.children()) == before


def test_answers_that_nobody_waits_for_leave_nothing(tmp_path: Path) -> None:
    path = write_pages(tmp_path / "a.tif", make_image((1, 1, 1, 9, 7)))
    found = FoundFileset("TIFF", path, (path,))
    before = descriptors(), children()
    with Sandbox(children=2) as sandbox:
        results = sandbox.parsed([found] * 500)
        next(results)
        results.close()  # type: ignore[attr-defined]
        looked = sandbox.found([path] * 10, [tmp_path])
        next(looked)
        looked.close()  # type: ignore[attr-defined]
        assert sandbox.parse(found) == parse(found)

    assert (descriptors(), children()) == before


def descriptors() -> int:
    return int(psutil.Process().num_fds())


def children() -> int:
    return len(psutil.Process().children(recursive=True))


LIES: dict[str, Callable[[Any], None]] = {
    "a file of another fileset": lambda said: said[3].append(["/etc/passwd", 1, 1]),
    "a way out of the folder": lambda said: said[3].append([said[3][0][0] + "/../b", 1, 1]),
    "no files": lambda said: said[3].clear(),
    "no images": lambda said: said[4].clear(),
    "a type that is none": lambda said: said[4][0].__setitem__(1, "uint17"),
    "no pixels": lambda said: said[4][0].__setitem__(2, [1, 1, 0, 1, 1]),
    "a table that is none": lambda said: said[6].append(["Session", ["id"], [[1]], None]),
    "a table twice": lambda said: said[6].append(said[6][0]),
    "a column of owners": lambda said: said[6].append(["Person", ["owner_id"], [[1]], None]),
    "a text where a number is": lambda said: said[6].append(["Plate", ["rows"], [["1"]], None]),
    "a number that is too large": lambda said: said[6].append(["Plate", ["rows"], [[2**40]], None]),
    "no number": lambda said: said[6].append(["Detector", ["gain"], [[float("nan")]], None]),
    "a row that is not there": lambda said: said[6].append(["Well", ["plate_id"], [[3]], None]),
    "a kind that is none": lambda said: said[6].append(["Shape", ["kind"], [["Heart"]], None]),
    "columns of two lengths": lambda said: said[6].append(
        ["Plate", ["rows", "columns"], [[1], [1, 2]], None]
    ),
    "a parent that is not there": lambda said: said[6].append(
        ["AnnotationLink", ["parent_type", "parent_id", "child_id"], [["Image"], [9], [0]], None]
    ),
    "too long a text": lambda said: said[6].append(["Plate", ["name"], [["x" * 9999]], None]),
    "a column of the fileset that is none": lambda said: said[5].__setitem__("identity", "x"),
    "something else": lambda said: said.clear(),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_an_answer_that_no_honest_child_gives_is_refused(
    lie: Callable[[Any], None], tmp_path: Path
) -> None:
    path = write_ome(tmp_path / "a.ome.tif", make_image((1, 2, 1, 9, 7)))
    (found,) = scan([path]).filesets
    data = answers.encode_fileset(parse(found))
    said = msgspec.msgpack.decode(data)

    assert answers.decode_fileset(data, [path]) == parse(found)
    lie(said)
    with pytest.raises(answers.WrongAnswerError):
        answers.decode_fileset(msgspec.msgpack.encode(said), [path])
    with pytest.raises(answers.WrongAnswerError):
        answers.decode_fileset(data[:-3], [path])


def test_a_look_that_names_files_from_elsewhere_is_refused(tmp_path: Path) -> None:
    for path in (Path("/etc/passwd"), tmp_path / ".." / "x", Path("relative")):
        data = answers.encode_found(FoundFileset("TIFF", tmp_path / "a", (tmp_path / "a", path)))
        with pytest.raises(answers.WrongAnswerError):
            answers.decode_found(data, [tmp_path])
    skipped = Skipped(tmp_path / "a", "why", damaged=True)
    assert answers.decode_found(answers.encode_found(skipped), [tmp_path]) == skipped


def test_the_folders_of_the_program_are_named_once_and_hold_all_of_it() -> None:
    folders = [Path(path) for path in child.environment_paths()]
    inside = [
        one
        for one in folders
        if any(one.is_relative_to(other) for other in folders if other != one)
    ]
    parts = [Path(str(module.__file__)).resolve() for module in (np, json, msgspec, child)]

    assert inside == []
    assert [part for part in parts if not any(part.is_relative_to(one) for one in folders)] == []


def test_children_load_nothing_to_read_a_usual_file(tmp_path: Path) -> None:
    write_ome(tmp_path / "a.ome.tif", make_image((1, 2, 3, 15, 14), np.uint16))
    program = f"""
import pathlib, sys
from store.importing import readers, scan
from store.importing.sandbox import answers, server
server._warm()
loaded = set(sys.modules)
answers.encode_fileset(readers.parse(scan.look(pathlib.Path({str(tmp_path / "a.ome.tif")!r}), set())))
print(sorted(set(sys.modules) - loaded))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/data/a.tif", True),
        ("/data", True),
        ("/data/b/../c.tif", False),
        ("/data/..", False),
        ("/database/a.tif", False),
        ("data/a.tif", False),
        ("/a.tif", False),
    ],
)
def test_children_may_name_files_below_the_folders_asked_for_alone(
    path: str, allowed: bool
) -> None:
    answer = answers.encode_found(FoundFileset("OME-TIFF", Path("/data/x"), (Path("/data/x"),)))
    said = msgspec.msgpack.decode(answer)
    said[3] = [path]
    told = msgspec.msgpack.encode(said)
    if allowed:
        answers.decode_found(told, [Path("/data")])
        return
    with pytest.raises(answers.WrongAnswerError, match="from elsewhere"):
        answers.decode_found(told, [Path("/data")])


def test_below_the_root_is_everything() -> None:
    answer = answers.encode_found(FoundFileset("OME-TIFF", Path("/a.tif"), (Path("/a.tif"),)))

    assert isinstance(answers.decode_found(answer, [Path("/")]), FoundFileset)
