import io
import re
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from starlette.testclient import TestClient

from render.settings import ChannelSettings, RenderSettings, Window
from tests import reference
from tests.app.conftest import make_pixels

# 254 dots per inch are 10 pixels a millimetre.
DPI = 254
PAGE = {"width": 60, "height": 40, "background": "FFFFFF"}
CROP = {"x": 100, "y": 50, "width": 300, "height": 200}


def panel(image: int, **more: Any) -> dict[str, Any]:
    return {
        "id": "a", "image": image, "x": 5, "y": 5, "width": 30, "height": 20, "z": 1, "t": 1,
        "c": "1:100-2500.FF0000,2:100-2900.00FF00,-3", "crop": CROP, **more,
    }  # fmt: skip


def figure(*panels: dict[str, Any], **page: Any) -> dict[str, Any]:
    return {"version": 1, "name": "Figure 1", "page": {**PAGE, **page}, "panels": list(panels)}


def made(client: TestClient, form: dict[str, Any], format_: str = "png", dpi: int = DPI) -> bytes:
    body = {"format": format_, "dpi": dpi, "figure": form}
    response = client.post("/figures", json=body)
    assert response.status_code == 200, response.text
    return response.content


def picture(content: bytes) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(np.int64)


def expected() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The crop again, by plain NumPy from the samples that were written to the file."""
    red = ChannelSettings(Window(100, 2500), color=(255, 0, 0, 255))
    green = ChannelSettings(Window(100, 2900), color=(0, 255, 0, 255))
    planes = [make_pixels()[1, channel, 1, 50:250, 100:400] for channel in (0, 1)]
    return reference.composite(planes, RenderSettings((red, green)))


def test_a_panel_has_the_pixels_of_the_image_where_the_page_has_one_for_each(
    client: TestClient, image: int
) -> None:
    got = picture(made(client, figure(panel(image))))

    assert got.shape == (400, 600, 3)
    assert np.array_equal(got[50:250, 50:350], expected())
    got[50:250, 50:350] = 255
    assert (got == 255).all()


def test_tiff_has_the_same_pixels_and_says_its_resolution(client: TestClient, image: int) -> None:
    content = made(client, figure(panel(image)), "tiff")
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        pixels, tags = file.asarray(), file.pages.first.tags

        assert np.array_equal(pixels[50:250, 50:350], expected())
        assert tags["XResolution"].value == (DPI, 1)
        assert tags["ResolutionUnit"].value == 2


def test_a_page_of_half_the_resolution_shows_means_by_area(client: TestClient, image: int) -> None:
    got = picture(made(client, figure(panel(image)), dpi=DPI // 2))[25:125, 25:175]
    means = reference.resize_to(expected(), 150, 100)

    assert np.abs(got - means).max() <= 1


def test_pixels_are_enlarged_as_squares(client: TestClient, image: int) -> None:
    crop = {"x": 100, "y": 50, "width": 30, "height": 20}
    got = picture(made(client, figure(panel(image, crop=crop))))[50:250, 50:350]

    assert np.array_equal(got, np.kron(expected()[:20, :30], np.ones((10, 10, 1), np.uint8)))


def test_pdf_and_svg_carry_the_pixels_and_the_words(client: TestClient, image: int) -> None:
    form = figure(
        panel(image, labels=[{"text": "Tubulin & DNA", "place": "above", "color": "000000"}])
    )
    pdf, svg = made(client, form, "pdf"), made(client, form, "svg").decode()

    assert pdf.startswith(b"%PDF-")
    assert re.search(rb"/Width 300\b", pdf)
    assert re.search(rb"/Height 200\b", pdf)
    assert b"BitstreamVera" in pdf
    assert "Tubulin &amp; DNA</text>" in svg
    assert 'width="60mm" height="40mm"' in svg
    import base64

    (png,) = re.findall(r"base64,([^\"]+)\"", svg)
    assert np.array_equal(picture(base64.b64decode(png)), expected())


def test_labels_are_written_and_in_their_places(client: TestClient, image: int) -> None:
    bare = picture(made(client, figure(panel(image))))
    for place, inside in (("top-left", True), ("above", False), ("left", False)):
        label = {"text": "β 5 µm", "place": place, "size": 8, "color": "0000FF"}
        got = picture(made(client, figure(panel(image, labels=[label]))))
        rows, columns = np.nonzero((got != bare).any(axis=2))

        assert len(rows) > 20
        within = rows.min() >= 50 and columns.min() >= 50
        assert within == inside


def test_an_inset_is_framed_on_its_panel(client: TestClient, image: int) -> None:
    part = {"x": 200, "y": 100, "width": 60, "height": 40}
    inset = panel(
        image, id="b", x=38, crop=part, width=15, height=10, insetOf="a", insetColor="FF00FF"
    )
    got = picture(made(client, figure(panel(image), inset)))
    frame = (got == (255, 0, 255)).all(axis=2)
    rows, columns = np.nonzero(frame[:, :360])

    # The part begins 100 pixels from the left and 50 from the top of the panel.
    assert abs(rows.min() - 100) <= 3
    assert abs(rows.max() - 140) <= 3
    assert abs(columns.min() - 150) <= 3
    assert abs(columns.max() - 210) <= 3


def test_a_bar_of_an_image_without_sizes_is_left_out(client: TestClient, image: int) -> None:
    bar = {"micrometres": None, "corner": "bottom-right", "color": "FFFFFF", "label": True}

    assert made(client, figure(panel(image, bar=bar))) == made(client, figure(panel(image)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"crop": {"x": 1000, "y": 0, "width": 300, "height": 200}}, "leaves the level"),
        ({"z": 9}, "z=9"),
        ({"c": "7"}, "7"),
        ({"width": "wide"}, "panels[0].width"),
        ({"colour": "red"}, "colour"),
        ({"insetOf": "z"}, "insetOf"),
        ({"labels": [{"text": "a", "place": "middle"}]}, "place"),
    ],
)
def test_what_cannot_be_drawn_is_named(
    client: TestClient, image: int, change: dict[str, Any], said: str
) -> None:
    response = client.post("/figures", json={"figure": figure(panel(image, **change))})

    assert response.status_code in {400, 404}
    assert said in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"format": "exe"},
        {"dpi": 10_000},
        {"dpi": "300"},
        {"figure": []},
        {"figure": {"version": 2}},
        {"figure": figure()},
        {"more": 1},
    ],
)
def test_a_request_that_is_no_figure_is_refused(
    client: TestClient, image: int, body: dict[str, Any]
) -> None:
    response = client.post("/figures", json={"figure": figure(panel(image)), **body})

    assert response.status_code == 400
    assert response.json()["error"]["remedy"]


def test_a_page_of_too_many_pixels_is_refused(client: TestClient, image: int) -> None:
    form = figure(panel(image), width=1000, height=1000)
    response = client.post("/figures", json={"figure": form, "dpi": 600, "format": "png"})

    assert response.status_code == 400
    assert "too large" in response.json()["error"]["message"]


def test_images_that_are_hidden_are_not_there(stranger: TestClient, image: int) -> None:
    response = stranger.post("/figures", json={"figure": figure(panel(image))})

    assert response.status_code == 404


def test_nobody_gets_no_figure(anybody: TestClient, image: int) -> None:
    assert anybody.post("/figures", json={"figure": figure(panel(image))}).status_code == 401


def test_regions_of_the_plane_are_drawn_over_a_panel(client: TestClient, image: int) -> None:
    shapes = ", ".join(
        f"{{ kind: RECTANGLE, x: {x}, y: 100, width: 60, height: 40, theZ: {z}, theT: 1,"
        ' strokeColor: "#0000FFFF" }'
        for x, z in ((150, 1), (300, 2))
    )
    mutation = f'mutation {{ createRois(items: [{{ image: "Image:{image}", shapes: [{shapes}] }}]) {{ applied }} }}'
    assert client.post("/graphql", json={"query": mutation}).json()["data"]["createRois"]["applied"]
    bare = picture(made(client, figure(panel(image))))
    got = picture(made(client, figure(panel(image, rois=True))))
    rows, columns = np.nonzero((got != bare).any(axis=2))

    # The rectangle of section 1 begins 50 pixels from the left and 50 from the top of the panel.
    assert abs(rows.min() - 100) <= 2
    assert abs(rows.max() - 140) <= 2
    assert abs(columns.min() - 100) <= 2
    assert abs(columns.max() - 160) <= 2
    assert (got[rows, columns] == (0, 0, 255)).all()


def test_a_figure_is_kept_with_its_images_and_found_again(client: TestClient, image: int) -> None:
    text = '<figure xmlns="micrograph/figure/1">{"name":"A &amp; &lt;B&gt;"}</figure>'
    keep = """mutation($ids: [ID!]!, $annotations: [AnnotationInput!]!) {
      annotate(ids: $ids, annotations: $annotations) { applied items { node { ... on Image {
        annotations(first: 5, orderBy: ID_DESC, filter: { namespace: { eq: "micrograph/figure/1" } }) {
          nodes { id ... on XMLAnnotation { textValue } } } } } } } }"""
    new = {
        "kind": "XML",
        "text": text,
        "namespace": "micrograph/figure/1",
        "description": "A & <B>",
    }
    variables = {"ids": [f"Image:{image}"], "annotations": [new]}
    answer = client.post("/graphql", json={"query": keep, "variables": variables}).json()
    (made,) = answer["data"]["annotate"]["items"][0]["node"]["annotations"]["nodes"]

    assert made["textValue"] == text
    query = "query($id: ID!) { node(id: $id) { ... on XMLAnnotation { textValue namespace } } }"
    read = client.post("/graphql", json={"query": query, "variables": {"id": made["id"]}}).json()
    assert read["data"]["node"] == {"textValue": text, "namespace": "micrograph/figure/1"}
    delete = "mutation($ids: [ID!]!) { delete(ids: $ids) { applied } }"
    gone = client.post(
        "/graphql", json={"query": delete, "variables": {"ids": [made["id"]]}}
    ).json()
    assert gone["data"]["delete"]["applied"]
