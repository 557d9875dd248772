"""The command line: `micrograph serve`, `import`, `watch`, `jobs`, `demo`, `user`, `lut`, and others.

Commands import what they need when they run, so that help is there at once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import gc
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from enum import StrEnum

    from app.context import Micrograph
    from app.settings import Settings
    from store.access import Viewer
    from store.importing.found import ScanResult
    from store.importing.sandbox import Sandbox

FAILURE = 1
COLLECTED = (50_000, 20, 20)
"""When garbage is looked for. With Python's own thresholds 300 times while a command loads what it
needs, which leaves next to none: 0.2 s in place of 0.07. A server that looks even less often until
it has loaded all takes 11 MB more."""


class Command(click.Command):
    """A command whose help shows examples, line by line as they are typed."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the options."""
        with formatter.section("Examples" if len(self._examples) > 1 else "Example"):
            for example in self._examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


class Commands(click.Group):
    """A group whose commands end known errors with one or two lines, never with a traceback."""

    command_class = Command
    group_class = type

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            raise click.Abort from None
        except Exception as error:  # noqa: BLE001  (the one place where a command's errors end)
            fail(error)


def fail(error: Exception) -> NoReturn:
    """Say what went wrong and what to do, and end with exit code 1."""
    from app.errors import KNOWN

    logging.getLogger(__name__).debug("command failed", exc_info=error)
    if isinstance(error, KNOWN):
        remedy = getattr(error, "remedy", "")
        click.echo(f"Error: {getattr(error, 'message', error)}", err=True)
        if remedy:
            click.echo(remedy, err=True)
    else:
        click.echo(f"Error: unexpected {type(error).__name__}.", err=True)
        click.echo("Run `micrograph --debug …` again to see where it comes from.", err=True)
    sys.exit(FAILURE)


def version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    """Print the version and end."""
    if asked and not ctx.resilient_parsing:
        from app.version import version as installed

        click.echo(f"micrograph {installed()}")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `micrograph demo`, or `micrograph import FOLDER` and `micrograph serve`.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=version,
              help="Print the version.")  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path, file_okay=False),
              help="Folder for the database and caches, instead of MICROGRAPH_DATA.")  # fmt: skip
@click.option("--debug", is_flag=True, help="Log everything, tracebacks too.")
@click.pass_context
def main(ctx: click.Context, data: Path | None, debug: bool) -> None:
    """Micrograph: microscope images with their metadata, in the browser."""
    gc.set_threshold(*COLLECTED)
    ctx.obj = {"data": data, "debug": debug}
    if debug:
        from app import log

        log.configure("debug", "text")


@main.command(examples=["micrograph serve --port 8081"])
@click.option("--host", help="Address to listen on [127.0.0.1]; others need a password first.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on [8080]; 0: any.")
@click.option("--open/--no-browser", "browser", default=False,
              help="Open the address in a browser; it is only printed otherwise.")  # fmt: skip
@click.pass_context
def serve(ctx: click.Context, host: str | None, port: int | None, browser: bool) -> None:
    """Serve what was imported, and print the address to open."""
    run_server(ctx, settings_of(ctx, host=host, port=port), browser=browser)


@main.command(examples=["micrograph demo --open"])
@click.option("--host", help="Address to listen on [127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on [8080]; 0: any.")
@click.option("--open/--no-browser", "browser", default=False, help="Open it in a browser.")
@click.pass_context
def demo(ctx: click.Context, host: str | None, port: int | None, browser: bool) -> None:
    """Make sample images, import them, and serve."""
    settings = settings_of(ctx, host=host, port=port)
    with started(settings) as (micrograph, viewer):
        from app.demo import import_samples

        import_samples(micrograph, viewer, click.echo)
    run_server(ctx, settings, browser=browser)


@main.command(
    "import",
    examples=[
        "micrograph import --dry-run ~/microscope",
        "micrograph import study.zip",
        "micrograph import ~/microscope/2026-05 --project Mitosis --dataset 'May 2026'",
        "micrograph import --copy /media/stick --dataset Dataset:5",
        "micrograph import --bulk table.csv --dry-run",
    ],
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--dataset", metavar="NAME|Dataset:ID",
              help="Put the images into this dataset; made if missing.")  # fmt: skip
@click.option("--project", metavar="NAME|Project:ID",
              help="Put the dataset into this project; made if missing.")  # fmt: skip
@click.option("--screen", metavar="NAME|Screen:ID",
              help="Put the plates into this screen; made if missing.")  # fmt: skip
@click.option("--copy", "way", flag_value="copy", help="Keep copies of the files, with checksums.")
@click.option("--link", "way", flag_value="link",
              help="Keep hard links to the files; they must be on the disk of the data folder.")  # fmt: skip
@click.option("--bulk", type=click.Path(path_type=Path, dir_okay=False), metavar="TABLE",
              help="Take paths, targets, names and key-values from a CSV or TSV file.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only list what would be imported, and what not.")
@click.option("--no-statistics", is_flag=True,
              help="Do not measure the range of values now; the first view does it.")  # fmt: skip
@click.pass_context
def import_(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    way: str | None,
    bulk: Path | None,
    dry_run: bool,
    no_statistics: bool,
    **target: str | None,
) -> None:
    """Import image files, or all image files in folders. They stay where they are.

    OME-Zarr may also be at addresses (https://…, s3://…) below MICROGRAPH_REMOTE_ROOTS.
    Files that belong together become one fileset. What is no image is left out, with the reason.
    A bundle that Micrograph exported, a folder or a zip, comes back with all that was exported.
    Importing again what is there already does nothing. It is a job: cut off, it goes on at the
    next start; `micrograph jobs` lists it. Exit code 1: an image, or a file that you named,
    could not be imported.
    """
    from store.importing.sandbox import Sandbox

    if bool(paths) == (bulk is not None):
        raise click.UsageError("Name files and folders, or a table with --bulk.")
    settings = settings_of(ctx)
    sandbox = ctx.with_resource(Sandbox())
    sandbox.start()  # loads beside what is loaded here
    from app import import_commands as commands
    from app.bundles import split_bundles
    from app.importing import recogniser

    bundles, paths = split_bundles(paths)
    if bundles and any(target.values()):
        raise click.UsageError("A bundle brings its own projects, datasets and screens.")
    import_bundles(settings, bundles, dry_run=dry_run)
    if bundles and not paths:
        return
    wishes = commands.wishes_of(target, way or "reference", statistics=not no_statistics)
    asked = None
    if dry_run or bulk is not None:  # where that is wrong, nothing is made
        asked = commands.asked(paths, bulk, settings, wishes, sandbox)
        report_skipped(asked.result)
    if dry_run and asked is not None:
        commands.list_plans(asked)
        return
    with started(settings, sandbox) as (micrograph, viewer):
        if asked is None:
            recognise = recogniser(micrograph, viewer, wishes.target)
            asked = commands.asked(paths, bulk, settings, wishes, sandbox, recognise)
            report_skipped(asked.result)
        failed = commands.run_import(micrograph, viewer, asked)
    named = {path.absolute() for path in paths}
    skipped = asked.result.skipped
    if failed or any(left.damaged or left.path in named for left in skipped):
        sys.exit(FAILURE)


@main.command(
    examples=[
        "micrograph upload run1 --server https://images.example.org --token-file token.txt",
        "micrograph upload *.tif --server http://127.0.0.1:8000 --token-file t --dataset Day1",
    ]
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--server", required=True, metavar="URL", help="Address of a Micrograph.")
@click.option("--token-file", required=True, type=click.File("r"),
              help="File with a personal access token that may write; - is the standard input.")  # fmt: skip
@click.option("--dataset", metavar="NAME|Dataset:ID", help="Put the images into this dataset.")
@click.option("--project", metavar="NAME|Project:ID", help="Put the dataset into this project.")
def upload(paths: tuple[Path, ...], server: str, token_file: TextIO, **target: str | None) -> None:
    """Send files, or all files in folders, to a server, and have them imported there.

    Files that are images there already are not sent. Cut off, or ended, the same command goes on
    where it was. Exit code 1: an image could not be imported.
    """
    from app import sending

    if target["project"] and not target["dataset"]:
        raise click.UsageError("--project needs --dataset: images are in datasets.")
    there = sending.HttpServer(server, token_file.read().strip())
    files = sending.local_files(paths)
    batch = sending.batch_of(server, files)
    memory = sending.Memory(Path(click.get_app_dir("micrograph")) / "sent" / f"{batch}.json")

    def say(file: sending.Local, sent: bool) -> None:
        click.echo(f"{'sent ' if sent else 'known'}  {file.name}")

    if sending.send_all(there, files, batch, memory, say):
        said = sending.import_sent(there, batch, target)
        for problem in said.problems:
            click.echo(problem, err=True)
        click.echo(f"Imported there: {said.message}.")
        if said.failed:
            sys.exit(FAILURE)
    memory.forget()


@main.command(
    examples=[
        "micrograph watch /srv/microscope --dataset Incoming",
        "micrograph watch --copy --settle 60 /srv/microscope",
    ]
)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--dataset", metavar="NAME|Dataset:ID", help="Put the images into this dataset.")
@click.option("--project", metavar="NAME|Project:ID", help="Put the dataset into this project.")
@click.option("--screen", metavar="NAME|Screen:ID", help="Put the plates into this screen.")
@click.option("--copy", "way", flag_value="copy", help="Keep copies of the files.")
@click.option("--link", "way", flag_value="link", help="Keep hard links to the files.")
@click.option("--settle", type=click.FloatRange(0), default=30.0, metavar="SECONDS",
              help="How long all files of a folder must stay as they are [30].")  # fmt: skip
@click.option("--every", type=click.FloatRange(0.05), default=5.0, metavar="SECONDS",
              help="How often to look [5].")  # fmt: skip
@click.option("--once", is_flag=True, help="End when everything that is there has been imported.")
@click.pass_context
def watch(
    ctx: click.Context,
    /,
    folder: Path,
    way: str | None,
    settle: float,
    every: float,
    once: bool,
    **target: str | None,
) -> None:
    """Import what appears in a folder, when nothing writes to it any more.

    Started again, it goes on where it was; nothing is imported twice.
    """
    from app import import_commands as commands

    settings = settings_of(ctx)
    with started(settings) as (micrograph, viewer), contextlib.suppress(KeyboardInterrupt):
        wishes = commands.wishes_of(target, way or "reference", statistics=True)
        watched = commands.watched(folder, settle)
        commands.run_watch(micrograph, viewer, watched, wishes, every_s=every, once=once)


@main.group(invoke_without_command=True)
@click.pass_context
def jobs(ctx: click.Context) -> None:
    """List imports and other jobs; show, cancel or retry one."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(jobs_list)


@jobs.command("list", examples=["micrograph jobs list --number 100", "micrograph jobs"])
@click.option("--number", type=click.IntRange(1, 10_000), default=20, help="How many [20].")
@click.pass_context
def jobs_list(ctx: click.Context, number: int) -> None:
    """List the newest jobs."""
    from app import import_commands as commands

    with started(settings_of(ctx)) as (micrograph, viewer):
        commands.list_jobs(micrograph, viewer, number)


@jobs.command("show", examples=["micrograph jobs show 12", "micrograph jobs show --failed 12"])
@click.argument("job", type=click.IntRange(1))
@click.option("--failed", is_flag=True, help="Only what failed.")
@click.pass_context
def jobs_show(ctx: click.Context, job: int, failed: bool) -> None:
    """Say what became of each fileset of an import."""
    from app import import_commands as commands

    with started(settings_of(ctx)) as (micrograph, viewer):
        commands.show_job(micrograph, viewer, job, failed=failed)


@jobs.command("cancel", examples=["micrograph jobs cancel 12"])
@click.argument("job", type=click.IntRange(1))
@click.pass_context
def jobs_cancel(ctx: click.Context, job: int) -> None:
    """Cancel an import; what it has done stays."""
    from app import import_commands as commands

    with started(settings_of(ctx)) as (micrograph, viewer):
        commands.cancel_job(micrograph, viewer, job)


@jobs.command("retry", examples=["micrograph jobs retry 12"])
@click.argument("job", type=click.IntRange(1))
@click.pass_context
def jobs_retry(ctx: click.Context, job: int) -> None:
    """Do what is left of an import that failed or was cancelled; exit code 1 if some still fails."""
    from app import import_commands as commands

    with started(settings_of(ctx)) as (micrograph, viewer):
        failed = commands.retry_job(micrograph, viewer, job)
    if failed:
        sys.exit(FAILURE)


@main.command(
    examples=[
        "micrograph convert slide.vsi",
        "micrograph convert *.vsi --to converted && micrograph import converted",
    ]
)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the OME-TIFF files (default: converted, in the data folder).",
)
@click.option("--seconds", type=click.FloatRange(min=1), default=3600, show_default=True,
              help="Longest time of one conversion.")  # fmt: skip
@click.pass_context
def convert(
    ctx: click.Context, files: tuple[Path, ...], folder: Path | None, seconds: float
) -> None:
    """Convert files that Micrograph does not read to OME-TIFF, by your own Bio-Formats.

    Needs the tool bfconvert on PATH, or in the folder that MICROGRAPH_BIOFORMATS names.
    """
    from store.importing.bioformats import tools

    settings = settings_of(ctx)
    found = tools(settings.bioformats)
    for path in files:
        click.echo(found.convert(path, folder or settings.data / "converted", seconds))


@main.command(
    examples=[
        "micrograph export Image:42 --format ome-tiff",
        "micrograph export Image:42 --format ome-tiff --region 2000,1000,512,512 --z 4-18 --c 1,3",
        "micrograph export Image:42 --format png --projection max --bar bottom-left --output fig.png",
        "micrograph export Project:1 --format bundle --output study.zip",
        "micrograph export Plate:3 --format ome-zarr --output plate.ozx",
        "micrograph export --ome-xml Fileset:3 --output study.ome.xml",
    ]
)
@click.argument("things", nargs=-1, required=True, metavar="TYPE:ID...")
@click.option("--format", "format_", type=click.Choice(["ome-xml", "ome-tiff", "ome-zarr", "png", "jpeg", "tiff", "bundle"]),
              help="What to write; OME-XML is metadata alone.")  # fmt: skip
@click.option("--ome-xml", is_flag=True, help="The same as --format ome-xml.")
@click.option("--output", type=click.Path(path_type=Path),
              help="File or folder to write; of many files a zip if its name ends so.")  # fmt: skip
@click.option("--region", metavar="X,Y,W,H", help="Rectangle in pixels of the level.")
@click.option("--level", help="Resolution; 0 is full.")
@click.option("--z", metavar="A-B", help="Sections, counted from 1, both included.")
@click.option("--t", metavar="A-B", help="Time points, counted from 1, both included.")
@click.option("--c", metavar="1,3", help="Channels, counted from 1; of pictures as in addresses.")  # fmt: skip
@click.option("--compression", help="Of TIFF zlib, zstd, lzw, none, jpeg; of Zarr blosc, zstd, gzip, none.")  # fmt: skip
@click.option("--tile", help="Pixels of each side of a tile of OME-TIFF.")
@click.option("--chunk", help="Pixels of each side of a chunk of OME-Zarr.")
@click.option("--shard", help="Chunks along each side of a file of OME-Zarr.")
@click.option("--labels", help="Label images of OME-Zarr: of masks [masks], all shapes with an area (shapes), or no.")  # fmt: skip
@click.option("--quality", help="Of JPEG, 1 to 100.")
@click.option("--size", help="Of pictures: pixels of the longer side, 2048 if not given.")
@click.option("--projection", "p", metavar="max:A-B", help="Of pictures: planes that become one.")
@click.option("--bar", metavar="CORNER", help="Of pictures: where the scale bar is, or none.")
@click.option("--text", help="Of pictures: a line of text; {name} is the image's.")
@click.option("--place", metavar="CORNER", help="Of pictures: where the text is.")
@click.option("--no-pyramid", "pyramid", flag_value="no", help="Without smaller versions.")
@click.pass_context
def export(
    ctx: click.Context,
    /,
    things: tuple[str, ...],
    format_: str | None,
    ome_xml: bool,
    output: Path | None,
    **said: str | None,
) -> None:
    """Write projects, datasets, images, plates and others with all that belongs to them.

    Fileset:ID stands for all that one import made, and is for OME-XML.
    """
    if (format_ is None) != ome_xml:
        raise click.UsageError("Say what to write with --format.")
    said["q"] = said["quality"]
    roots = [identifier(thing) for thing in things]
    with started(settings_of(ctx)) as (micrograph, viewer):
        if ome_xml or format_ == "ome-xml":
            export_ome_xml(micrograph, viewer, roots, output)
            return
        from app.exported import export_things

        assert format_ is not None
        export_things(micrograph, viewer, roots, format_, said, output, click.echo)


def export_ome_xml(
    micrograph: Micrograph, viewer: Viewer, roots: list[tuple[str, int]], output: Path | None
) -> None:
    """Write a document to a file or the terminal."""
    from store.exporting.ome_document import export_document

    with micrograph.database.reading() as session:
        pieces = export_document(session, viewer, roots)
        with click.open_file("-" if output is None else str(output), "wb") as file:
            for piece in pieces:
                file.write(piece)


@main.command(
    examples=["micrograph download Dataset:1 --to ~/study", "micrograph download Image:4"]
)
@click.argument("things", nargs=-1, required=True, metavar="TYPE:ID...")
@click.option("--to", "folder", default=".", type=click.Path(path_type=Path, file_okay=False),
              help="Folder to copy into; made if missing [.].")  # fmt: skip
@click.pass_context
def download(ctx: click.Context, things: tuple[str, ...], folder: Path) -> None:
    """Copy the original files of things into a folder, as they came, and verify them.

    Interrupted, it goes on where it stopped. SHA256SUMS in the folder has the sums of all files.
    Exit code 1: a file is missing, has changed or is damaged.
    """
    from app.copying import copy_all

    tally = {"copied": 0, "already there": 0, "failed": 0}
    with started(settings_of(ctx)) as (micrograph, viewer):
        for copied in copy_all(micrograph, viewer, [identifier(one) for one in things], folder):
            tally[copied.state] += 1
            if copied.state == "failed":
                click.echo(f"failed    {copied.message}", err=True)
    click.echo(
        f"Copied {count(tally['copied'], 'file')}; {tally['already there']} already there,"
        f" {tally['failed']} failed."
    )
    if tally["failed"]:
        sys.exit(FAILURE)


@main.command(
    examples=[
        "micrograph check",
        "micrograph check --hashes --rate 200MB",
        "micrograph check --repair",
    ]
)
@click.option("--hashes", is_flag=True,
              help="Read every file and compare its SHA-256; interrupted, it goes on later.")  # fmt: skip
@click.option("--rate", help="Bytes in a second that are read at most, such as 200MB.")
@click.option("--repair", is_flag=True, help="Put right what can be; never deletes an original.")
@click.option("--dry-run", is_flag=True, help="Only list what --repair would do.")
@click.pass_context
def check(ctx: click.Context, hashes: bool, rate: str | None, repair: bool, dry_run: bool) -> None:
    """Compare database and storage: files missing, changed or unknown, rows that contradict.

    Exit code 1: something was found, and not put right.
    """
    from app.checking import check as inspect
    from app.checking import repair as put_right
    from app.settings import SIZE

    try:
        limit = None if rate is None else float(SIZE.read(rate))
    except ValueError:
        raise click.UsageError(f"--rate {rate}: give {SIZE.takes}, in a second.") from None
    found = []
    with started(settings_of(ctx)) as (micrograph, viewer):
        for one in inspect(micrograph, viewer, hashes=hashes, rate=limit):
            found.append(one)
            remedy = f" [{one.repair}]" if repair and one.repair else ""
            click.echo(f"{one.kind}  {one.subject}: {one.message}{remedy}")
        done = put_right(micrograph, viewer, found) if repair and not dry_run else 0
    if not found:
        click.echo("All is as it should be.")
        return
    click.echo(f"{count(len(found), 'finding')}, {done} put right.")
    if done < len(found):
        sys.exit(FAILURE)


@main.command(examples=["micrograph purge --dry-run", "micrograph purge --older 30d"])
@click.option("--older", help="How long ago it was deleted, at least [MICROGRAPH_TRASH: 90d].")
@click.option("--dry-run", is_flag=True, help="Only tell what would go.")
@click.pass_context
def purge(ctx: click.Context, older: str | None, dry_run: bool) -> None:
    """Remove for good what was deleted long ago, by anybody; `restore` cannot bring it back then.

    Of files, only those that Micrograph keeps itself are removed; others stay where they are.
    """
    from app.purging import purge as remove
    from app.settings import SPAN

    settings = settings_of(ctx)
    try:
        span = settings.trash if older is None else SPAN.read(older)
    except ValueError:
        raise click.UsageError(f"--older {older}: give {SPAN.takes}.") from None
    with started(settings) as (micrograph, viewer):
        done = remove(
            *(micrograph.database, settings.data, viewer, span), dry_run=dry_run, everybody=True
        )
    for kind, number in sorted(done.rows.items()):
        click.echo(f"{number:10} {kind}")
    click.echo(
        f"{'Would remove' if dry_run else 'Removed'} {count(done.deletions, 'deletion')} and"
        f" {count(len(done.paths), 'file')}; {done.kept} still in use."
    )


@main.command(examples=["micrograph relocate --dry-run /data/old /mnt/new"])
@click.argument("old")
@click.argument("new")
@click.option("--dry-run", is_flag=True, help="Only compare the files at both places.")
@click.option("--unchecked", is_flag=True, help="Do not look whether the files are there.")
@click.pass_context
def relocate(ctx: click.Context, old: str, new: str, dry_run: bool, unchecked: bool) -> None:
    """Say that all files that were below folder OLD are below NEW now; copies nothing.

    First every file is looked for at its new place, with the same size and time. Exit code 1: one
    is not there as it should be, and nothing was changed.
    """
    from store.edits import storage

    lacking, shown = 0, 20
    with started(settings_of(ctx)) as (micrograph, viewer):
        if not unchecked or dry_run:
            with micrograph.database.reading() as session:
                for one in storage.lacking(session, viewer, old, new):
                    lacking += 1
                    if lacking <= shown:
                        click.echo(f"{one.path} {one.problem}", err=True)
        if lacking:
            click.echo(
                f"{count(lacking, 'file')} not as registered; nothing was changed.", err=True
            )
            sys.exit(FAILURE)
        if dry_run:
            click.echo(f"All files are below {new}.")
            return
        with micrograph.database.writing() as session:
            done = storage.relocate(session, viewer, old, new)
    click.echo(
        f"{count(done.files, 'file')} below {done.new} now; {count(done.rows, 'row')} changed."
    )


def identifier(text: str) -> tuple[str, int]:
    """Read an identifier such as Image:42."""
    kind, _, number = text.partition(":")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise click.UsageError(f"{text} is no identifier such as Image:42.")
    return kind, int(number)


@main.command(
    examples=[
        "micrograph statistics Image:42",
        "micrograph statistics --again --exact Image:42",
        "micrograph statistics",
    ]
)
@click.argument("images", nargs=-1, metavar="[Image:ID]...")
@click.option("--again", is_flag=True, help="Also where everything is known already.")
@click.option("--exact", is_flag=True,
              help="Count every sample, however long it takes; interrupted, it goes on later.")  # fmt: skip
@click.pass_context
def statistics(ctx: click.Context, images: tuple[str, ...], again: bool, exact: bool) -> None:
    """Measure images: range, mean and percentiles of each channel, over all planes.

    Without images, all of which something is not known yet. What is known of the images that are
    named is printed. Exit code 1: the samples of an image could not be read.
    """
    from app.measured import measure_images

    named = []
    for image in images:
        kind, number = identifier(image)
        if kind != "Image":
            raise click.UsageError(f"{image} is no image, such as Image:42.")
        named.append(number)
    with started(settings_of(ctx)) as (micrograph, viewer):
        failed = measure_images(micrograph, viewer, named, click.echo, again=again, exact=exact)
    if failed:
        sys.exit(FAILURE)


@main.group()
def user() -> None:
    """Add people, give them passwords, list and deactivate them."""


@user.command("list", examples=["micrograph user list"])
@click.pass_context
def user_list(ctx: click.Context) -> None:
    """List all accounts."""
    from store.queries.people import experimenters

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.reading() as session,
    ):
        for person in experimenters(session, viewer):
            click.echo(_account(person))


@user.command("add", examples=["micrograph user add ada --first-name Ada --last-name Lovelace"])
@click.argument("name")
@click.option("--first-name", default="", help="Given name.")
@click.option("--last-name", default="", help="Family name.")
@click.option("--administrator", is_flag=True, help="May see and change everything.")
@click.option("--stdin", is_flag=True, help="Read the password from standard input.")
@click.pass_context
def user_add(
    ctx: click.Context,
    name: str,
    first_name: str,
    last_name: str,
    administrator: bool,
    stdin: bool,
) -> None:
    """Add an account; asks for its password."""
    from store.edits.people import create_experimenter, set_password

    with started(settings_of(ctx)) as (micrograph, viewer):
        password = ask_password(stdin)
        with micrograph.database.writing() as session:
            create_experimenter(
                session,
                viewer,
                name,
                first_name=first_name,
                last_name=last_name,
                administrator=administrator,
            )
            set_password(session, viewer, name, password)
    click.echo(f"Added {name}.")


@user.command("password", examples=["micrograph user password root"])
@click.argument("name")
@click.option("--stdin", is_flag=True, help="Read the password from standard input.")
@click.pass_context
def user_password(ctx: click.Context, name: str, stdin: bool) -> None:
    """Set an account's password, and end its sign-ins. `root` is the local administrator."""
    from store.edits.people import set_password

    with started(settings_of(ctx)) as (micrograph, viewer):
        password = ask_password(stdin)
        with micrograph.database.writing() as session:
            set_password(session, viewer, name, password)
    click.echo(f"The password of {name} is set.")


@user.command("deactivate", examples=["micrograph user deactivate ada"])
@click.argument("name")
@click.pass_context
def user_deactivate(ctx: click.Context, name: str) -> None:
    """Close an account: it cannot sign in any more; its data stays."""
    from store.edits.people import deactivate

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        deactivate(session, viewer, name)
    click.echo(f"{name} cannot sign in any more.")


@user.command("activate", examples=["micrograph user activate ada"])
@click.argument("name")
@click.pass_context
def user_activate(ctx: click.Context, name: str) -> None:
    """Open an account again that was closed."""
    from store.edits.people import activate

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        activate(session, viewer, name)
    click.echo(f"{name} can sign in again.")


@user.command(
    "administrator",
    examples=[
        "micrograph user administrator ada --only Sudo --only ModifyUser",
        "micrograph user administrator ada --not",
    ],
)
@click.argument("name")
@click.option("--only", multiple=True, metavar="PRIVILEGE", help="With this privilege only.")
@click.option("--not", "ordinary", is_flag=True, help="No longer an administrator.")
@click.pass_context
def user_administrator(
    ctx: click.Context, name: str, only: tuple[str, ...], ordinary: bool
) -> None:
    """Make somebody an administrator: with all privileges, or some; or no longer one."""
    from store.edits.people import set_administrator
    from store.models.enums import Privilege

    wanted = {one_of(Privilege, text) for text in only} or set(Privilege)
    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        set_administrator(session, viewer, name, not ordinary, set(Privilege) - wanted)
    click.echo(f"{name} is {'no longer ' if ordinary else ''}an administrator.")


@user.command(
    "link",
    examples=["micrograph user link ada 248289761001 --issuer https://login.example.org"],
)
@click.argument("name")
@click.argument("subject")
@click.option("--issuer", help="Address of the provider or the directory; that which is set.")
@click.pass_context
def user_link(ctx: click.Context, name: str, subject: str, issuer: str | None) -> None:
    """Say what an OpenID provider or a directory calls the person of an account.

    From then on whoever the provider calls so signs in with this account.
    """
    from store.edits.external import link_identity

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        wanted = issuer or micrograph.settings.oidc_issuer
        if not wanted:
            raise click.UsageError("No provider is set: name one with --issuer.")
        link_identity(session, viewer, name, wanted, subject)
    click.echo(f"{name} is {subject} at {wanted}.")


@main.group("session")
def session_() -> None:
    """List and end sign-ins."""


@session_.command("list", examples=["micrograph session list"])
@click.pass_context
def session_list(ctx: click.Context) -> None:
    """List all sign-ins: id, whose, how and from where, since when, last used, until when."""
    from store.queries.people import sign_in_sessions

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.reading() as session,
    ):
        for row, person, acting in sign_in_sessions(session, viewer):
            where = f"{row.way or 'unknown'} from {row.address or 'unknown'}"
            times = f"since {row.started:%Y-%m-%d %H:%M}, used {row.last_used:%Y-%m-%d %H:%M}"
            whose = f"{person} as {acting}" if acting else person
            click.echo(f"{row.id}  {whose}  {where}  {times}, until {row.expires:%Y-%m-%d}")


@session_.command("end", examples=["micrograph session end 3"])
@click.argument("ids", nargs=-1, required=True, type=int)
@click.pass_context
def session_end(ctx: click.Context, ids: tuple[int, ...]) -> None:
    """End sign-ins, by their ids: at once."""
    from store.sign_in import end_sessions

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        end_sessions(session, viewer, ids)
    click.echo(f"Ended {count(len(set(ids)), 'sign-in')}.")


@main.group()
def quota() -> None:
    """See and say how much people and groups have and may have."""


@quota.command("list", examples=["micrograph quota list"])
@click.pass_context
def quota_list(ctx: click.Context) -> None:
    """List what people and groups have, and may have where that is limited."""
    from store.queries.people import experimenters, groups
    from store.queries.usage import Amount, Most, Subject, quotas_of, usage_of

    def listed(subject: Subject, names: dict[int, str]) -> None:
        usage = usage_of(session, viewer, subject, names)
        quotas = quotas_of(session, viewer, subject, names)
        for key, name in names.items():
            has, most = usage.get(key, Amount()), quotas.get(key, Most())
            images = f"{has.images:,}{'' if most.images is None else f' of {most.images:,}'}"
            size = f"{has.bytes:,}{'' if most.bytes is None else f' of {most.bytes:,}'}"
            click.echo(f"{subject} {name}  {images} images  {size} bytes")

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.reading() as session,
    ):
        listed("experimenter", {one.id: one.user_name for one in experimenters(session, viewer)})
        listed("group", {one.id: one.name for one in groups(session, viewer)})


@quota.command(
    "set",
    examples=[
        "micrograph quota set --user ada --bytes 2TB",
        "micrograph quota set --group mitosis",
    ],
)
@click.option("--user", "person", help="Of this person.")
@click.option("--group", "group_name", help="Of all people in this group together.")
@click.option("--images", type=int, help="At most so many images; any number, if not given.")
@click.option("--bytes", "size", help="At most so much, such as 500GB; any, if not given.")
@click.pass_context
def quota_set(
    ctx: click.Context,
    person: str | None,
    group_name: str | None,
    images: int | None,
    size: str | None,
) -> None:
    """Say how much a person or a group may have; what is there stays."""
    from app.settings import SIZE
    from store.edits.quotas import set_quota
    from store.queries.people import experimenter_by_name, group_by_name
    from store.queries.usage import Most

    if (person is None) == (group_name is None):
        raise click.UsageError("Name a user or a group.")
    try:
        most = Most(images, None if size is None else SIZE.read(size))
    except ValueError:
        raise click.UsageError(f"{size} is not {SIZE.takes}.") from None
    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        if person is not None:
            key = experimenter_by_name(session, viewer, person).id
            set_quota(session, viewer, "experimenter", key, most)
        else:
            key = group_by_name(session, viewer, group_name or "").id
            set_quota(session, viewer, "group", key, most)
    click.echo(f"The quota of {person or group_name} is set.")


@main.group("group")
def group_() -> None:
    """Add groups, say who is in them, and what members may do."""


@group_.command("list", examples=["micrograph group list"])
@click.pass_context
def group_list(ctx: click.Context) -> None:
    """List all groups with their level and their people; leaders have a star."""
    from store.queries.people import groups_with_members

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.reading() as session,
    ):
        for name, level, members in groups_with_members(session, viewer):
            names = " ".join(f"{one}{'*' if leads else ''}" for one, leads in members)
            click.echo(f"{name}  {level}  {names}".rstrip())


@group_.command("add", examples=["micrograph group add mitosis --level read-annotate"])
@click.argument("name")
@click.option("--level", default="private", help="private, read-only, read-annotate, read-write"
              " or public.")  # fmt: skip
@click.option("--description", help="What it is for.")
@click.pass_context
def group_add(ctx: click.Context, name: str, level: str, description: str | None) -> None:
    """Add a group without members."""
    from store.edits.people import create_group
    from store.models.enums import GroupPermissions

    wanted = one_of(GroupPermissions, level)
    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        create_group(session, viewer, name, wanted, description)
    click.echo(f"Added {name}.")


@group_.command("members", examples=["micrograph group members mitosis --add ada --leader"])
@click.argument("name")
@click.option("--add", "added", multiple=True, metavar="USER", help="Make somebody a member.")
@click.option("--leader/--no-leader", default=None, help="Who is added leads the group, or not.")
@click.option("--remove", "removed", multiple=True, metavar="USER", help="Take somebody out.")
@click.pass_context
def group_members(
    ctx: click.Context,
    name: str,
    added: tuple[str, ...],
    leader: bool | None,
    removed: tuple[str, ...],
) -> None:
    """Change who is in a group; data of those who leave stays in it."""
    from store.edits.groups import remove_member
    from store.edits.people import add_member
    from store.queries.people import group_by_name

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        key = group_by_name(session, viewer, name).id
        for person in added:
            add_member(session, viewer, person, key, leader=leader)
        for person in removed:
            remove_member(session, viewer, person, key)
    click.echo(f"{name}: {count(len(added), 'person')} added, {len(removed)} removed.")


@group_.command("level", examples=["micrograph group level mitosis private --dry-run"])
@click.argument("name")
@click.argument("level")
@click.option("--dry-run", is_flag=True, help="Only tell what would be removed.")
@click.pass_context
def group_level(ctx: click.Context, name: str, level: str, dry_run: bool) -> None:
    """Change what members may do with each other's data.

    A group becomes private without what joins its people: links between things of different
    owners, and what they drew or saved on each other's images.
    """
    from store.edits.group_levels import change_permissions
    from store.models.enums import GroupPermissions
    from store.queries.people import group_by_name

    wanted = one_of(GroupPermissions, level)
    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        key = group_by_name(session, viewer, name).id
        report = change_permissions(session, viewer, key, wanted, dry_run=dry_run)
    for kind, number in report.removed.items():
        click.echo(f"{'would remove' if dry_run else 'removed'}  {kind}: {number}")
    click.echo(f"{name} {'would be' if dry_run else 'is'} {wanted}.")


@main.group()
def token() -> None:
    """Add, list and revoke personal access tokens."""


@token.command("add", examples=["micrograph token add backup --user ada --scope read --days 30"])
@click.argument("name")
@click.option("--user", "person", default="root", show_default=True, help="Whose it is.")
@click.option("--scope", default="read", show_default=True, help="read, write or administer.")
@click.option("--days", default=90, show_default=True, help="It ends after so many: 1 to 366.")
@click.option("--privilege", "privileges", multiple=True, metavar="PRIVILEGE",
              help="Of a token to administer: it has this privilege; all, if none is named.")  # fmt: skip
@click.pass_context
def token_add(
    ctx: click.Context, name: str, person: str, scope: str, days: int, privileges: tuple[str, ...]
) -> None:
    """Add a token and print it; nobody is shown it again."""
    from store.models.enums import Privilege, TokenScope
    from store.queries.people import experimenter_by_name, viewer_by_experimenter
    from store.tokens import create_token

    wanted = [one_of(Privilege, text) for text in privileges] or None
    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        key = experimenter_by_name(session, viewer, person).id
        whose = viewer_by_experimenter(session, key)
        new = create_token(session, whose, name, one_of(TokenScope, scope), days, wanted)
    click.echo(new.secret)


@token.command("list", examples=["micrograph token list"])
@click.pass_context
def token_list(ctx: click.Context) -> None:
    """List all tokens: id, whose, what for, what it is good for, when it ends."""
    from store.queries.people import access_tokens

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.reading() as session,
    ):
        for row, person in access_tokens(session, viewer):
            used = f"used {row.last_used:%Y-%m-%d}" if row.last_used else "never used"
            ends = f"until {row.expires:%Y-%m-%d}"
            click.echo(f"{row.id}  {person}  {row.name}  {row.scope}  {ends}  {used}")


@token.command("revoke", examples=["micrograph token revoke 3"])
@click.argument("ids", nargs=-1, required=True, type=int)
@click.pass_context
def token_revoke(ctx: click.Context, ids: tuple[int, ...]) -> None:
    """End tokens, by their ids: at once."""
    from store.tokens import revoke_tokens

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        revoke_tokens(session, viewer, ids)
    click.echo(f"Ended {count(len(set(ids)), 'token')}.")


@main.group()
def share() -> None:
    """Make, list and revoke links that show things without signing in."""


@share.command("add", examples=["micrograph share add Dataset:1 --name reviewers --days 30"])
@click.argument("target")
@click.option("--name", help="What it is for.")
@click.option("--days", type=click.IntRange(1, 36_500), help="It ends after so many.")
@click.option("--uses", type=int, help="How often it can be opened; any number of times if not given.")  # fmt: skip
@click.option("--state", help="How it is shown at first: the query of the client's address.")
@click.pass_context
def share_add(
    ctx: click.Context,
    target: str,
    name: str | None,
    days: int | None,
    uses: int | None,
    state: str | None,
) -> None:
    """Make a link to TARGET, such as Dataset:3, and print its path; nobody is shown it again."""
    from store.edits.share_links import create_share_link

    kind, _, key = target.partition(":")
    if not key.isdigit():
        raise click.UsageError(f"{target}: name a thing, such as Dataset:3.")
    ends = None if days is None else dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        new = create_share_link(
            *(session, viewer, (kind, int(key))),
            name=name,
            state=state,
            expires=ends,
            max_uses=uses,
        )
    click.echo(f"/share/{new.secret}")


@share.command("list", examples=["micrograph share list"])
@click.pass_context
def share_list(ctx: click.Context) -> None:
    """List all links: id, what they show, what for, until when, how often they were opened."""
    from store.queries.grants import share_links

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.reading() as session,
    ):
        for row in share_links(session, viewer):
            ends = f"until {row.expires:%Y-%m-%d}" if row.expires else "until revoked"
            uses = f"opened {row.uses}" + (f" of {row.max_uses}" if row.max_uses else "")
            used = f"last {row.last_used:%Y-%m-%d}" if row.last_used else "never used"
            what = f"{row.target_kind}:{row.target_id}"
            click.echo(f"{row.id}  {what}  {row.name or '-'}  {ends}  {uses}  {used}")


@share.command("revoke", examples=["micrograph share revoke 3"])
@click.argument("ids", nargs=-1, required=True, type=int)
@click.pass_context
def share_revoke(ctx: click.Context, ids: tuple[int, ...]) -> None:
    """End links, by their ids: at once."""
    from store.edits.share_links import revoke_share_links

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        ended = revoke_share_links(session, viewer, ids)
    click.echo(f"Ended {count(ended, 'link')}.")


@main.group()
def audit() -> None:
    """Check the audit log."""


@audit.command("verify", examples=["micrograph audit verify"])
@click.pass_context
def audit_verify(ctx: click.Context) -> None:
    """Check that no line of the audit log was changed, taken out or put in.

    Exit code 1: the line that is named does not continue those before.
    """
    from store.audit import verify

    with (
        started(settings_of(ctx)) as (micrograph, _),
        micrograph.database.reading() as session,
    ):
        good, broken = verify(session)
    if broken is not None:
        click.echo(f"Line {broken} does not continue the {good:,} lines before it.", err=True)
        sys.exit(FAILURE)
    click.echo(f"{count(good, 'line')}, each continuing the one before.")


def one_of[Value: StrEnum](kind: type[Value], text: str) -> Value:
    """Read a value of an enumeration."""
    for one in kind:
        if one.value.lower() == text.lower():
            return one
    raise click.UsageError(f"{text} is none of {', '.join(one.value for one in kind)}.")


@main.group()
def lut() -> None:
    """Upload, list and remove lookup tables."""


@lut.command("list", examples=["micrograph lut list"])
@click.pass_context
def lut_list(ctx: click.Context) -> None:
    """List all lookup tables, and names of OMERO's that are missing here."""
    from render.luts import listing
    from store.queries.lookup_tables import uploads

    with (
        started(settings_of(ctx)) as (micrograph, _),
        micrograph.database.reading() as session,
    ):
        tables = [upload.table for upload in uploads(session)]
    for one in listing(tables):
        click.echo(f"{one.name:18}{one.origin:10}{one.source}".rstrip())


@lut.command("add", examples=["micrograph lut add ~/luts/royal.lut", "micrograph lut add *.lut"])
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", help="Call it so instead of after the file; for one file.")
@click.option("--replace", is_flag=True, help="Take the place of one that was uploaded before.")
@click.pass_context
def lut_add(ctx: click.Context, files: tuple[Path, ...], name: str | None, replace: bool) -> None:
    """Upload lookup tables for everybody: all of the files, or none.

    Files are as ImageJ writes them: 768 bytes, with the header of NIH Image, or text.
    """
    from store.edits.lookup_tables import add_lookup_table

    if name is not None and len(files) > 1:
        raise click.UsageError("--name is for one file.")
    contents = [(name or file.name, file_content(file)) for file in files]
    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        added = [
            add_lookup_table(session, viewer, called, content, replace=replace)
            for called, content in contents
        ]
    for table in added:
        click.echo(f"Added {table.name}.")


@lut.command("rename", examples=["micrograph lut rename royal our_royal"])
@click.argument("name")
@click.argument("to")
@click.pass_context
def lut_rename(ctx: click.Context, name: str, to: str) -> None:
    """Give an uploaded lookup table another name."""
    from store.edits.lookup_tables import rename_lookup_table

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        table = rename_lookup_table(session, viewer, name, to)
    click.echo(f"It is called {table.name} now.")


@lut.command("remove", examples=["micrograph lut remove royal"])
@click.argument("name")
@click.pass_context
def lut_remove(ctx: click.Context, name: str) -> None:
    """Remove an uploaded lookup table; channels that name it are shown in their colour then."""
    from store.edits.lookup_tables import remove_lookup_table

    with (
        started(settings_of(ctx)) as (micrograph, viewer),
        micrograph.database.writing() as session,
    ):
        table = remove_lookup_table(session, viewer, name)
    click.echo(f"Removed {table.name}.")


def file_content(path: Path) -> bytes:
    """Read a small file; of a large one, enough to know that it is too large."""
    from render.lut_files import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}.") from None


@main.group()
def db() -> None:
    """Upgrade and check the metadata database."""


@db.command("upgrade", examples=["micrograph db upgrade"])
@click.pass_context
def db_upgrade(ctx: click.Context) -> None:
    """Bring the tables up to date with this version; `serve` and `import` do it by themselves."""
    with started(settings_of(ctx)) as (micrograph, _):
        click.echo(f"{micrograph.database.location} is up to date.")


@db.command("check", examples=["micrograph db check"])
@click.pass_context
def db_check(ctx: click.Context) -> None:
    """Look for damage and missing upgrades; exit code 1 if there is any."""
    from store.database import Database

    database = Database(settings_of(ctx).database)
    problems = database.check()
    database.close()
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(FAILURE)
    click.echo(f"{database.location} is in order ({database.server}).")


@main.command(examples=["micrograph doctor"])
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check this machine for what Micrograph needs; exit code 1 if something is missing."""
    from app.doctor import examine

    findings = list(examine(settings_of(ctx), os.environ))
    marks = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}
    for finding in findings:
        mark, color = marks[finding.level]
        click.echo(f"{click.style(mark, fg=color)}  {finding.text}")
        if finding.remedy:
            click.echo(f"      {finding.remedy}")
    if any(finding.level == "fail" for finding in findings):
        sys.exit(FAILURE)


@main.command(examples=["micrograph config --explain"])
@click.option("--explain", is_flag=True, help="Say what each setting means and takes, too.")
@click.pass_context
def config(ctx: click.Context, explain: bool) -> None:
    """Print every setting, its value, and where the value comes from."""
    from app.settings import explain as explained

    for setting in explained(environment(ctx)):
        click.echo(f"{setting.variable}={setting.value}  ({setting.source})")
        if explain:
            click.echo(f"    {setting.meaning}")
            click.echo(f"    Takes {setting.takes}.\n")


def environment(ctx: click.Context) -> dict[str, str]:
    """Return the environment with the options of the command line on top."""
    data = ctx.obj["data"]
    return {**os.environ, **({"MICROGRAPH_DATA": str(data)} if data else {})}


def settings_of(ctx: click.Context, **options: Any) -> Settings:
    """Read the settings, warn about unknown variables, and set up logging.

    Args:
        ctx: Of the command.
        options: Fields given on the command line; None where not given.
    """
    from app import log
    from app.settings import Settings, unknown_variables

    env = environment(ctx)
    for warning in unknown_variables(env):
        click.echo(f"Warning: {warning}", err=True)
    settings = Settings.from_env(env)
    level = settings.log_level if env.get("MICROGRAPH_LOG_LEVEL") else "warning"
    log.configure("debug" if ctx.obj["debug"] else level, settings.log_format)
    given = {name: value for name, value in options.items() if value is not None}
    return dataclasses.replace(settings, **given)


@contextlib.contextmanager
def started(
    settings: Settings, sandbox: Sandbox | None = None
) -> Iterator[tuple[Micrograph, Viewer]]:
    """Open the database and act as its local administrator."""
    from app.context import Micrograph
    from store.queries.people import viewer_by_experimenter

    micrograph = Micrograph(settings, sandbox)
    try:
        micrograph.start()
        with micrograph.database.reading() as session:
            viewer = viewer_by_experimenter(session, micrograph.administrator_id)
        yield micrograph, viewer
    finally:
        micrograph.close()


def run_server(ctx: click.Context, settings: Settings, *, browser: bool) -> None:
    """Serve until interrupted; prints the address once it answers."""
    from app.memory import bound_heaps

    bound_heaps()  # the log has a thread, and so have libraries that are loaded below
    from app import log
    from app.serving import serve as serve_forever

    level = "debug" if ctx.obj["debug"] else settings.log_level
    log.configure(level, settings.log_format, behind=True)

    def ready(address: str) -> None:
        click.echo(f"\n  Micrograph is at  {click.style(address, fg='cyan', underline=True)}\n")
        click.echo("  The address signs you in once, in one browser. Ctrl+C ends the server.")
        if browser:
            click.launch(address)

    serve_forever(settings, ready)


def ask_password(stdin: bool) -> str:
    """Read a password, hidden and twice at a terminal, one line otherwise."""
    if stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def import_bundles(settings: Settings, bundles: Sequence[Path], *, dry_run: bool) -> None:
    """Import what other Micrographs exported as bundles."""
    from app.bundles import import_one_bundle

    if dry_run:
        for path in bundles:
            click.echo(f"bundle  {path}")
    if not bundles or dry_run:
        return
    with started(settings) as (micrograph, viewer):
        for path in bundles:
            made = import_one_bundle(micrograph, viewer, path)
            state = "already there" if made.already else "imported"
            click.echo(f"{state}  {path}: {count(len(made.image_ids), 'image')}")
            for note in made.notes:
                click.echo(f"    left out: {note}")


def report_skipped(result: ScanResult) -> None:
    """Say of each file that is left out why."""
    for skipped in result.skipped:
        click.echo(f"left out  {skipped.path}: {skipped.reason}")


def count(number: int, noun: str) -> str:
    """Return `1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _account(person: Any) -> str:
    marks = []
    if person.administrator:
        marks.append("administrator")
    if not person.active:
        marks.append("deactivated")
    if not person.password_hash:
        marks.append("no password")
    name = f"{person.first_name} {person.last_name}".strip()
    return f"{person.user_name}  {name}{'  (' + ', '.join(marks) + ')' if marks else ''}"
