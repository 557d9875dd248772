"""The application object: everything that one running Micrograph owns and shares."""

import contextlib
import datetime as dt
import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection, Request
from starlette.types import Scope

from app.auth import KnownSessions, OneTimeTokens, secret_of
from app.errors import BusyError, ConfigurationError, NotSignedInError
from app.images import OpenedImage, OpenedImages
from app.ldap import Directory
from app.limits import Listeners, Slots, Throttle
from app.luts import UploadedTables
from app.measuring import SampleReader
from app.openid import Provider
from app.picture_store import PictureStore
from app.plates import PlatePart, Plates, PlateSight
from app.settings import Settings
from app.sights import KnownPicture, Sights
from app.statistics import Measurements
from app.workers import Workers
from render.memory import RECYCLED
from schema.imports import Imports
from schema.keeping import Keeper
from schema.samples import Counted
from store import sign_in
from store.access import Viewer
from store.database import Database
from store.edits.people import first_start
from store.errors import StoreError, UnavailableError
from store.pixels.cache import ByteBudgetCache
from store.pixels.remote import Remotes
from store.pixels.repository import Repository
from store.pixels.s3_access import S3Access
from store.queries.people import NOBODY, anonymous_viewer

if TYPE_CHECKING:  # Strawberry takes half a second to import; the server listens before that
    from schema.build import GraphQL
    from store.importing.sandbox import Sandbox

logger = logging.getLogger(__name__)

RENEWAL_S = 3_600
REMEMBERED = 10_000
EXPORTS_AT_ONCE = 2
"""How many exports are made at once; more wait, in turn by person."""
KNOWN_PLANES_S = 1.0
"""For how long what tiles of a plane share is kept: a screen of them is asked for at once."""
RECENT_S = 0.02
"""How long a state of the database is good for a request that came then and has not waited since."""
KNOWN_PICTURES = 5_000
"""How many addresses of pictures are remembered; each costs about a kilobyte."""


@dataclass(frozen=True, slots=True)
class WorkSlots:
    """What bounds the work done at once."""

    metadata: Slots
    """Database reads and writes: short, mostly waiting."""
    render: Slots
    """Decoding, rendering and encoding: a processor each."""
    exports: Slots
    """Making files of images: minutes, with threads of their own."""
    health: Slots
    """Asking whether the database answers: behind nothing else."""


class Micrograph:
    """One Micrograph over one data folder and one database; several fit in one process.

    Call `start` before use and `close` at the end. Thread-safe, except that `slots` and
    `listeners` belong to the event loop of one application.

    Attributes:
        settings: How it was set up.
        database: Metadata.
        repository: Pixels.
        images: Images opened recently.
        luts: Uploaded lookup tables.
        tiles: Encoded tiles and thumbnails by ETag; who may see them is checked before.
        pictures: What addresses of pictures led to, for whom, while nothing was committed.
        planes: What tiles of a plane share, as `app.routes.tiles` keeps it, for whom, likewise.
        samples: Counts samples of parts of images, for GraphQL and histograms.
        keeper: Imports uploads and empties trashes; given by whoever puts the application together.
        measurements: Of images that were imported without, and again.
        thumbnails: Encoded thumbnails on disk.
        kept_tiles: Encoded tiles and planes on disk, of images as they are shown by default.
        plates: What the wells of plates show.
        tokens: One-time addresses for the local administrator.
        sessions: Whose the sessions in use are.
        throttle: Against guessing passwords.
        openid: Where people sign in who have accounts elsewhere, if anywhere.
        directory: Of people whose passwords are known elsewhere, if any.
        slots: Bounds on the work done at once.
        listeners: Whose WebSockets are open.
        imports: Brings images in; given by whoever puts the application together.

    Args:
        settings: How it is set up.
        sandbox: Children that read files, if others use them, too; its own if not given.

    Raises:
        InvalidInputError: The database address is of no known kind.
    """

    def __init__(self, settings: Settings, sandbox: "Sandbox | None" = None) -> None:
        self.settings = settings = settings.completed()
        self._idle = dt.timedelta(seconds=settings.session_idle)
        self._shared_sandbox = sandbox
        self.database = Database(settings.database)
        kept_for_next = min(RECYCLED.limit_bytes, settings.chunk_cache // 2)
        self.repository = Repository(
            settings.data / "derived",
            chunk_budget_bytes=settings.chunk_cache - kept_for_next,
            derived_budget_bytes=settings.derived_store,
            remotes=remotes_of(settings),
        )
        self.images = OpenedImages(self.database, self.repository)
        self.luts = UploadedTables(self.database)
        self.tiles: ByteBudgetCache[str, bytes] = ByteBudgetCache(settings.tile_cache, len)
        self.thumbnails = PictureStore(settings.data / "thumbnails", settings.thumbnail_store)
        self.kept_tiles = PictureStore(settings.data / "tiles", settings.tile_store)
        self.plates = Plates(self.database, self.repository, self.thumbnails, settings.render_slots)
        self.tokens = OneTimeTokens(settings.login_lifetime)
        self.sessions = KnownSessions(REMEMBERED)
        self.throttle = Throttle()
        self.openid = Provider(settings) if settings.oidc_issuer else None
        self.directory = Directory(settings) if settings.ldap_url else None
        self.slots = WorkSlots(
            Slots(settings.metadata_slots, settings.queue),
            Slots(settings.render_slots, settings.queue, in_thread=Workers().run),
            Slots(EXPORTS_AT_ONCE, settings.queue),
            Slots(1, settings.queue),
        )
        self.listeners = Listeners()
        self.measurements = Measurements(
            self.database, settings.data / "measurements", lambda: self.slots.render.full
        )
        self.keeper: Keeper | None = None
        self.samples = SampleReader(self.images.find, self._count, self._measure)
        self.pictures: Sights[KnownPicture] = Sights(kept=KNOWN_PICTURES)
        self.imports: Imports | None = None
        self.planes: Sights[Any] = Sights(kept=100, lifetime_s=KNOWN_PLANES_S)
        self._sights: Sights[tuple[Viewer, OpenedImage]] = Sights()
        self._viewers: Sights[Viewer] = Sights()
        self._plate_sights: Sights[PlateSight] = Sights(kept=100)
        self._graphql_lock = threading.Lock()
        self._renewals: OrderedDict[str, float] = OrderedDict()
        self._renewals_lock = threading.Lock()

    def start(self) -> None:
        """Make the data folder, bring the tables up to date and make the first account.

        Raises:
            ConfigurationError: The data folder cannot be written.
            UnavailableError: The database cannot be opened.
        """
        make_folder(self.settings)
        self.database.upgrade()
        with self.database.writing() as session:
            self.administrator_id = first_start(session)

    def close(self) -> None:
        """Let go of files, connections and children."""
        if self.imports is not None:
            self.imports.close()
        if self.openid is not None:
            self.openid.close()
        if "_own_sandbox" in vars(self):
            self._own_sandbox.close()
        self.measurements.close()
        self.plates.close()
        self.images.close()
        self.repository.close()
        self.database.close()

    def ping(self) -> None:
        """Ask the database something.

        Raises:
            UnavailableError: It does not answer.
        """
        with self.database.reading() as session:
            session.connection().exec_driver_sql("SELECT 1")

    @property
    def sandbox(self) -> "Sandbox":
        """Children that look at files and parse them; they start when first asked."""
        return self._shared_sandbox or self._own_sandbox

    @cached_property
    def _own_sandbox(self) -> "Sandbox":
        from store.importing.sandbox import Sandbox

        return Sandbox()

    @property
    def graphql(self) -> "GraphQL":
        """The GraphQL schema over this database; built when first asked for."""
        with self._graphql_lock:
            return self._graphql

    @cached_property
    def _graphql(self) -> "GraphQL":
        from schema.build import GraphQL

        return GraphQL(
            self.database,
            images=self.images.find,
            samples=self.samples,
            imports=self.imports,
            keeper=self.keeper,
        )

    @contextlib.contextmanager
    def viewing(
        self, request: HTTPConnection, *, active: bool = True
    ) -> Iterator[tuple[Session, Viewer]]:
        """Open a reading session for whoever is signed in; to be used in a worker thread.

        Who is not is nobody's viewer, who sees what is public and what an opened share link
        shows, and changes nothing.

        Args:
            request: Says who asks.
            active: Whether the person did something, which keeps the sign-in alive; listening
                does not.

        Raises:
            NotSignedInError: Nobody is, and no group is public; or the sign-in has ended.
        """
        secret = secret_of(request, self.settings.port)
        if secret is None:
            with self.database.reading() as session:
                nobody = anonymous_viewer(session)
                if nobody is None:
                    raise NotSignedInError
                yield session, nobody
            return
        with self.database.reading() as session:
            viewer = sign_in.viewer_of_secrets(session, secret, idle=self._idle)
            if viewer is None:
                self.sessions.forget(secret)
                raise NotSignedInError
            if viewer.experimenter_id != NOBODY:
                self.sessions.note(secret, viewer.experimenter_id)
            _note(request, viewer)
            yield session, viewer
        if active:
            self._renew(secret)

    def viewer(self, request: HTTPConnection) -> Viewer:
        """Find who is signed in, as `viewing` does; to be used in a worker thread.

        While nothing was committed since, the same session has the same viewer.

        Args:
            request: Says who asks.

        Raises:
            NotSignedInError: As of `viewing`.
        """
        state = self.database.state()
        key = secret_of(request, self.settings.port)
        known = self._viewers.find(state, key)
        if known is None:
            with self.viewing(request) as (_, known):
                pass
            self._viewers.keep(state, key, known)
        _note(request, known)
        return known

    def find_image(
        self, request: Request, image_id: int, settings_hash: str | None = None
    ) -> tuple[Viewer, OpenedImage]:
        """Find an image for whoever is signed in; to be used in a worker thread.

        While nothing was committed since the same session asked for the same image, the same
        answer is given without asking again.

        Args:
            request: Says who asks.
            image_id: Database id.
            settings_hash: Names the settings that it is shown with; see `OpenedImages.find`.

        Raises:
            NotSignedInError: Nobody is signed in.
            NotFoundError: No such image, not visible to the viewer, or without pixels; or no such
                settings.
            SettingsError: The settings are for another number of channels.
        """
        state = self.recent_state(request.scope)
        key = (secret_of(request, self.settings.port) or "", image_id, settings_hash)
        known = self._sights.find(state, key)
        if known is None:
            with self.viewing(request) as (session, viewer):
                known = viewer, self.images.find(session, viewer, image_id, settings_hash)
            self._sights.keep(state, key, known)
        _note(request, known[0])
        return known

    def state_at(self, scope: Scope) -> int | None:
        """Return the state of the database when a request came; asked for once.

        For what is decided on the event loop. Whoever had to wait asks for `recent_state`.
        """
        about = scope["state"]
        if "database" not in about:
            about["database"] = self.database.state(), time.monotonic()
        state: int | None = about["database"][0]
        return state

    def recent_state(self, scope: Scope) -> int | None:
        """Return the state of the database now, or when a request came if it has not waited since."""
        _, asked = scope["state"].get("database", (None, -math.inf))
        if time.monotonic() - asked < RECENT_S:
            return self.state_at(scope)
        return self.database.state()

    def known_image(
        self, request: Request, image_id: int, settings_hash: str | None = None
    ) -> OpenedImage | None:
        """Return an image if the same session was shown it before and nothing was committed since.

        Waits for nothing and asks the database nothing: for the event loop.

        Args:
            request: Says who asks.
            image_id: Database id.
            settings_hash: Names the settings that it is shown with.
        """
        key = (secret_of(request, self.settings.port) or "", image_id, settings_hash)
        known = self._sights.find(self.state_at(request.scope), key)
        if known is None:
            return None
        _note(request, known[0])
        return known[1]

    def _count(self, viewer: Viewer, work: Callable[[], Sequence[Counted]]) -> Sequence[Counted]:
        """Count samples where pictures are rendered, in turn by person, and wait for it.

        Raises:
            UnavailableError: Too much is waiting already.
        """
        try:
            return anyio.from_thread.run(self.slots.render.run, viewer.experimenter_id, work)
        except BusyError as error:
            raise UnavailableError(error.message, error.remedy) from error
        except anyio.NoEventLoopError:  # no server: the command line has all slots for itself
            return work()

    def _measure(self, viewer: Viewer, image_ids: Sequence[int], exact: bool) -> None:
        for image_id in image_ids:
            with contextlib.suppress(StoreError), self.database.reading() as session:
                opened = self.images.find(session, viewer, image_id)
                self.measurements.begin(opened, viewer.experimenter_id, exact=exact, again=True)

    def find_plate(self, request: Request, part: PlatePart) -> PlateSight:
        """Find what the wells of a part of a plate show to whoever is signed in; as `find_image`.

        Args:
            request: Says who asks.
            part: The plate, and what of it.

        Raises:
            NotSignedInError: Nobody is signed in.
            NotFoundError: No such plate or run of imaging, or not visible to the viewer.
            OutOfRangeError: The part lies outside the plate.
            InvalidInputError: The part has too many wells for one picture.
        """
        state = self.database.state()
        key = (secret_of(request, self.settings.port) or "", part)
        known = self._plate_sights.find(state, key)
        if known is None:
            with self.viewing(request) as (session, viewer):
                known = self.plates.look(session, viewer, part)
            self._plate_sights.keep(state, key, known)
        _note(request, known.viewer)
        return known

    def _renew(self, secret: str) -> None:
        """Note that a sign-in is in use, at most once an hour."""
        now = time.monotonic()
        with self._renewals_lock:
            pause = min(RENEWAL_S, self.settings.session_idle / 8)
            if now < self._renewals.get(secret, -math.inf) + pause:
                return
            self._renewals[secret] = now
            self._renewals.move_to_end(secret)
            while len(self._renewals) > REMEMBERED:
                self._renewals.popitem(last=False)
        with self.database.writing() as session:
            sign_in.renew_session(session, secret.partition(" ")[0], idle=self._idle)


def _note(request: HTTPConnection, viewer: Viewer) -> None:
    """Let the log tell who asked."""
    signed_in = viewer.experimenter_id != NOBODY
    request.scope["state"]["viewer"] = viewer.experimenter_id if signed_in else None


def make_folder(settings: Settings) -> None:
    """Make the data folder, for its owner only.

    Raises:
        ConfigurationError: It cannot be made.
    """
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The data folder {settings.data} cannot be made: {error.strerror}.",
            "Choose another with MICROGRAPH_DATA, or change the rights of its parent.",
        ) from None


def micrograph_of(request: Request) -> Micrograph:
    """Return the application object of the server that a request came to."""
    micrograph: Micrograph = request.app.state.micrograph
    return micrograph


def person_of(request: HTTPConnection) -> int | str:
    """Return whose turn a request takes before the database was asked who asks.

    Nothing that a client can make up counts: cookies of other names, and sessions that nobody was
    seen with, are taken in turn by address.

    Returns:
        The id of the person whose session it is, or the address where that is not known yet.
    """
    micrograph: Micrograph = request.app.state.micrograph
    secret = secret_of(request, micrograph.settings.port)
    person = micrograph.sessions.person(secret) if secret else None
    if person is not None:
        return person
    return request.client.host if request.client else ""


def remotes_of(settings: Settings) -> Remotes:
    """Return what opens images at the addresses that the settings allow."""
    access = S3Access(
        settings.s3_endpoint, settings.s3_region, settings.s3_key_id, settings.s3_secret
    )
    return Remotes(settings.remote_roots, access)
