import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.search import SearchSyntaxError, parse
from store.search.grammar import (
    CHARACTERS,
    TERMS,
    All,
    Bound,
    Either,
    Field,
    Id,
    Kind,
    Not,
    Owner,
    Pair,
    Words,
)

A, B, C = (Words((word,)) for word in "abc")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a", A),
        ("a b", All((A, B))),
        ("a AND b", All((A, B))),
        ("a b OR c", Either((All((A, B)), C))),
        ("a (b OR c)", All((A, Either((B, C))))),
        ("a -b", All((A, Not(B)))),
        ("NOT a", Not(A)),
        ("-(a b)", Not(All((A, B)))),
        ('"a b"', Words(("a", "b"))),
        ('"a b"*', Words(("a", "b"), prefix=True)),
        ("ab*", Words(("ab",), prefix=True)),
        ("HeLa-01.tif", Words(("hela", "01", "tif"))),
        ("and", Words(("and",))),
        ('"AND"', Words(("and",))),
        ("Zürich", Words(("zurich",))),
        ("tag:x", Words(("x",), field=Field.TAG)),
        ('name:"a b"*', Words(("a", "b"), prefix=True, field=Field.NAME)),
        ("id:42", Id(42)),
        ("type:Plate_Acquisition", Kind("plateacquisition")),
        ('owner:"Ada L"', Owner("Ada L")),
        ("gene:CDK1", Pair("gene", "CDK1")),
        ('"cell line":"He La"', Pair("cell line", "He La")),
        ('"name":x', Pair("name", "x")),
        ("gene:*", Pair("gene")),
        ("gene:CDK*", Pair("gene", "CDK", prefix=True)),
        ("doi:10.1/a:b", Pair("doi", "10.1/a:b")),
        ("dose:>5", Pair("dose", lowest=Bound(5, None, closed=False))),
        ("dose:<=5µm", Pair("dose", highest=Bound(5e-6, "µm"))),
        ('dose:>="5 um"', Pair("dose", lowest=Bound(5e-6, "µm"))),
        ("dose:1..3", Pair("dose", lowest=Bound(1, None), highest=Bound(3, None))),
        ("dose:1..3nm", Pair("dose", lowest=Bound(1e-9, "nm"), highest=Bound(3e-9, "nm"))),
        ("dose:..3", Pair("dose", highest=Bound(3, None))),
    ],
)
def test_a_query_is_read_as_it_is_meant(text: str, node: object) -> None:
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("   ", 3),
        ("a OR", 4),
        ("OR a", 0),
        ("a AND AND b", 6),
        ("(a", 0),
        ("a)", 1),
        ("a ()", 3),
        ('a "b', 2),
        ("a gene:", 6),
        ("gene: x", 4),
        (":x", 0),
        ("a - b", 2),
        ("a ...", 2),
        ("id:x", 3),
        ("dose:>much", 5),
        ("dose:..", 5),
        ("dose:1nm..2s", 5),
        ("a\x00b", 1),
        ("ab\ud800", 2),
        ("(" * 1_000, 30),
        ("-" * 1_000 + "a", 30),
        ("a " * (TERMS + 1), 2 * TERMS),
        ("a" * (CHARACTERS + 1), CHARACTERS),
    ],
)
def test_an_error_points_at_the_character(text: str, position: int) -> None:
    with pytest.raises(SearchSyntaxError) as refused:
        parse(text)

    assert refused.value.position == position
    assert refused.value.remedy


@given(st.text(st.sampled_from('ab01 ":*-().<>µé\x00\ud800\nANDORT'), max_size=60))
def test_any_text_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    position = 0
    try:
        parse(text)
    except SearchSyntaxError as error:
        position = error.position

    assert 0 <= position <= len(text)
