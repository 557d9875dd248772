"""Tiles of six people, from caches that are warm: everybody gets their own, and nobody else's."""

import os
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from starlette.testclient import TestClient

from app.auth import cookie_name
from app.context import Micrograph
from app.main import create_app
from app.settings import Settings
from store.edits.people import create_experimenter, create_group
from store.models.enums import GroupPermissions
from store.queries.people import viewer_by_experimenter
from store.sign_in import open_session
from tests.app.conftest import BASE, import_one

pytestmark = pytest.mark.slow
PEOPLE = 6
REQUESTS = int(os.environ.get("MICROGRAPH_CACHED_TILES", "1200"))
"""Ten thousand tiles for each of six people take MICROGRAPH_CACHED_TILES=60000, and minutes."""
WINDOWS = tuple(f"c=1:0-{100 + 10 * number}" for number in range(4))


def test_nobody_gets_a_byte_of_somebody_elses_tiles(tmp_path: Path) -> None:
    micrograph = Micrograph(Settings(data=tmp_path / "data", render_slots=1).completed())
    micrograph.start()
    cookies, images = [], []
    for number in range(PEOPLE):
        path = tmp_path / f"{number}.tif"
        tifffile.imwrite(path, np.full((512, 512), 20 + 10 * number, np.uint8), tile=(256, 256))
        with micrograph.database.writing() as session:
            root = viewer_by_experimenter(session, micrograph.administrator_id)
            group = create_group(session, root, f"group {number}", GroupPermissions.PRIVATE)
            key = create_experimenter(session, root, f"person{number}", group_ids=[group])
            cookies.append({"cookie": f"{cookie_name(8080)}={open_session(session, key)}"})
            owner = viewer_by_experimenter(session, key)
        owner = replace(owner, default_group_id=group)
        images.append(import_one(micrograph, owner, path, statistics=False))
    tiles = [(x, y, window) for x in (0, 1) for y in (0, 1) for window in WINDOWS]
    wrong, hidden = [], 0
    with TestClient(create_app(micrograph), base_url=BASE) as client:
        expected: dict[tuple[int, object], bytes] = {}
        for person, image in enumerate(images):
            for tile in tiles:
                answer = client.get(address(image, tile), headers=cookies[person])
                assert answer.status_code == 200
                expected[person, tile] = answer.content
        foreign = {content: person for (person, _), content in expected.items()}
        assert len({foreign[content] for content in expected.values()}) == PEOPLE
        chance = random.Random(7)
        for _ in range(REQUESTS):
            person, owner_of, tile = (
                *(chance.randrange(PEOPLE), chance.randrange(PEOPLE)),
                chance.choice(tiles),
            )
            answer = client.get(address(images[owner_of], tile), headers=cookies[person])
            same = (200, expected[owner_of, tile])
            if person == owner_of and (answer.status_code, answer.content) != same:
                wrong.append((person, owner_of, answer.status_code))
            if person != owner_of:
                hidden += 1
                if answer.status_code != 404 or answer.content in foreign:
                    wrong.append((person, owner_of, answer.status_code))
    print(f"{REQUESTS:8,} cached tiles, {hidden:,} of them somebody else's")

    assert wrong == []
    assert hidden > REQUESTS / 2


def address(image: int, tile: tuple[int, int, str]) -> str:
    """Return the address of a tile."""
    x, y, window = tile
    return f"/tiles/{image}/0/0/0/{x}/{y}.png?size=256&{window}"
