"""Imports of files that the server can read, and the jobs that they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import strawberry
from sqlalchemy.orm import Session

from schema.context import Context
from schema.fields import Argument, Named, field, value
from schema.ids import database_id
from schema.levels import Reference
from schema.mutations.change import Change, Check, Request, checked_length
from schema.pagination import described
from schema.types.jobs import Job
from store.access import Viewer, require_writer
from store.edits import job_items, requests
from store.edits.targets import Target
from store.errors import InvalidInputError, NotAllowedError, UnavailableError
from store.importing.managed import Way

EXPORTED_MAX = 100
"""Things that one export names; containers stand for all that they hold."""
PATHS_MAX = 1_000
"""Files and folders that one import names."""

type Alter = Callable[[Context, Session, Viewer, Mapping[str, Any]], int]
"""Changes a job in the session of a transaction; returns its id."""


class ImportWay(Enum):
    """How files come in."""

    REFERENCE = "reference"
    COPY = "copy"
    LINK = "link"


described(
    ImportWay,
    "How files come in.",
    {
        "REFERENCE": "They stay where they are.",
        "COPY": "Copies are kept, with checksums.",
        "LINK": "Hard links are kept; only from the disk of the data folder.",
    },
)


class ExportFormat(Enum):
    """What an export writes."""

    OME_TIFF = "ome-tiff"
    OME_ZARR = "ome-zarr"
    BUNDLE = "bundle"
    PNG = "png"
    JPEG = "jpeg"
    TIFF = "tiff"


described(
    ExportFormat,
    "What an export writes.",
    {
        "OME_TIFF": "OME-TIFF; of several images a zip of them.",
        "OME_ZARR": "OME-Zarr 0.5 as a single file (.ozx).",
        "BUNDLE": "Original files with all that is known of them, which another Micrograph imports.",
        "PNG": "Pictures as PNG.",
        "JPEG": "Pictures as JPEG.",
        "TIFF": "Pictures as TIFF.",
    },
)


@value
class JobResult:
    """What a change of a job has done."""

    job: Job | None = field("The job as it is now.", Named())


@value
class SamplesResult:
    """What became of the wish for sample images."""

    started: bool = field("Whether they are made now; not where they are being made already.")


@dataclass(frozen=True, slots=True)
class Result:
    """What `JobResult` is read from."""

    job: Reference


class JobChange(Change):
    """A change of one job, which is then worked on if there is something to do."""

    def __init__(
        self,
        alter: Alter,
        arguments: list[Argument],
        check: Check = lambda _, given: given,
        *,
        works: bool,
    ) -> None:
        """Say what is changed, and whether work follows; see `schema.mutations.change.Change`."""
        super().__init__(lambda *_: None, arguments, check)  # type: ignore[arg-type]
        self._alter = alter
        self._works = works

    def _changed(self, context: Context, request: Request) -> Any:
        if context.imports is None:
            raise UnavailableError("There is nothing here that imports.", "Ask a server.")
        fresh: list[int] = []

        def run() -> dict[str, Any]:
            fresh.append(self._alter(context, session, context.viewer, request.arguments))
            return {"job": fresh[0]}

        with context.writing() as session:
            if request.key is None:
                done = run()
            else:
                done = requests.once(session, context.viewer, request.key, request.hash, run)
        if fresh and self._works:
            context.imports.work_on(fresh[0])
        return Result(("Job", done["job"]))


class SamplesChange(Change):
    """Has the sample images made and imported, behind the answer."""

    def __init__(self) -> None:
        super().__init__(lambda *_: None, [])  # type: ignore[arg-type]
        self.arguments = []

    def check(self, place: str, values: Mapping[str, Any]) -> Request:
        """Nothing can be given."""
        return Request({}, None, "")

    def _changed(self, context: Context, request: Request) -> Any:
        viewer = context.viewer
        require_writer(viewer)
        if not viewer.administrator:
            raise NotAllowedError("Sample images are for administrators to make.", "Ask one.")
        if context.imports is None:
            raise UnavailableError("There is nothing here that imports.", "Ask a server.")
        return SamplesResult(started=context.imports.bring_samples(viewer))


def _start(context: Context, session: Session, viewer: Viewer, given: Mapping[str, Any]) -> int:
    assert context.imports is not None
    return context.imports.submit(
        session,
        viewer,
        given["paths"],
        given["target"],
        cast("Way", given["way"]),
        statistics=given["statistics"],
    )


def _start_uploads(
    context: Context, session: Session, viewer: Viewer, given: Mapping[str, Any]
) -> int:
    assert context.imports is not None
    return context.imports.submit_uploads(session, viewer, given["batch"], given["target"])


def _start_export(
    context: Context, session: Session, viewer: Viewer, given: Mapping[str, Any]
) -> int:
    assert context.imports is not None
    return context.imports.submit_export(
        session, viewer, given["roots"], given["format"], given["options"]
    )


def _cancel(_: Context, session: Session, viewer: Viewer, given: Mapping[str, Any]) -> int:
    return job_items.cancel(session, viewer, given["job"]).id


def _retry(_: Context, session: Session, viewer: Viewer, given: Mapping[str, Any]) -> int:
    return job_items.retry(session, viewer, given["job"]).id


def _checked_start(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    paths = checked_length(place, "paths", values["paths"], PATHS_MAX)
    if not paths:
        raise InvalidInputError(f"`paths` of {place} is empty.", "Name a file or a folder.")
    names = ("dataset", "project", "screen")
    way: ImportWay = values.get("way") or ImportWay.REFERENCE
    return {
        "paths": list(paths),
        "target": Target(**{name: values.get(name) or None for name in names}),
        "way": way.value,
        "statistics": values.get("statistics") is not False,
    }


def _checked_uploads(_: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    names = ("dataset", "project")
    target = Target(**{name: values.get(name) or None for name in names})
    return {"batch": values["batch"], "target": target}


def _checked_export(place: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    ids = checked_length(place, "ids", values["ids"], EXPORTED_MAX)
    if not ids:
        raise InvalidInputError(f"`ids` of {place} is empty.", "Name what is to be exported.")
    wanted: ExportFormat = values["format"]
    return {
        "roots": [list(database_id(one)) for one in ids],
        "format": wanted.value,
        "options": values.get("options") or "",
    }


def _checked_job(_: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"job": database_id(values["id"], "Job")[1]}


_ID = Argument("id", strawberry.ID, "Id, such as `Job:42`.")

_CONTAINERS = (
    Argument(
        "dataset",
        str | None,
        "Dataset for the images: a name, made where missing, or `Dataset:5`.",
        None,
    ),
    Argument(
        "project",
        str | None,
        "Project for the dataset: a name, made where missing, or `Project:5`.",
        None,
    ),
)

FIELDS: Mapping[str, Any] = {
    "start_import": field(
        "Import files and folders of the server, behind the answer: below the folders that may be"
        " imported from; where none are set, for administrators. `job` tells how far it is.",
        JobChange(
            _start,
            [
                Argument("paths", list[str], f"Absolute paths: at most {PATHS_MAX:,}."),
                *_CONTAINERS,
                Argument(
                    "screen",
                    str | None,
                    "Screen for the plates: a name, made where missing, or `Screen:5`.",
                    None,
                ),
                Argument("way", ImportWay, "How the files come in.", ImportWay.REFERENCE),
                Argument(
                    "statistics",
                    bool,
                    "Whether the range of values is measured now; else the first view does it.",
                    True,
                ),
            ],
            _checked_start,
            works=True,
        ),
    ),
    "import_uploads": field(
        "Import the files of a batch of uploads, all of which have come, behind the answer; they"
        " are kept by Micrograph then. `job` tells how far it is; asked again, the same job.",
        JobChange(
            _start_uploads,
            [
                Argument("batch", str, "What the sender called the batch."),
                *_CONTAINERS,
            ],
            _checked_uploads,
            works=True,
        ),
    ),
    "start_export": field(
        "Export images, and all images of containers, behind the answer; `job` tells how far it is,"
        " and where the file is fetched then.",
        JobChange(
            _start_export,
            [
                Argument("ids", list[strawberry.ID], f"At most {EXPORTED_MAX}."),
                Argument("format", ExportFormat, "What is written."),
                Argument(
                    "options",
                    str | None,
                    "As behind the question mark of an address of `/export`: `z=4-18&c=1,3`.",
                    None,
                ),
            ],
            _checked_export,
            works=True,
        ),
    ),
    "cancel_job": field(
        "End an import, whose images stay, or an export.",
        JobChange(_cancel, [_ID], _checked_job, works=False),
    ),
    "retry_job": field(
        "Have an import that has ended do what is left: what failed, and what it did not come to;"
        " or make an export anew.",
        JobChange(_retry, [_ID], _checked_job, works=True),
    ),
}
"""Declarations by Python name; each answers with a `JobResult`."""

SAMPLES: Mapping[str, Any] = {
    "import_samples": field(
        'Make the sample images of the project "Samples" and import them, behind the answer; for'
        " administrators. What is there already is not made again.",
        SamplesChange(),
    )
}
"""Declarations by Python name; each answers with a `SamplesResult`."""
