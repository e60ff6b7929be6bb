"""Events out of bytes: the standard's examples, and no cut of the network changes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.replies.sse import Event, EventReader


def read(*pieces: bytes) -> list[tuple[str, bytes]]:
    """Name and data of every event, the rest at the end included."""
    reader = EventReader()
    events: list[Event] = [event for piece in pieces for event in reader.feed(piece)]
    return [(event.name, event.data) for event in [*events, *reader.end()]]


@pytest.mark.parametrize(("text", "events"), [
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("", b"YHOO\n+2\n10")]),
    (b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
     [("", b"first event"), ("", b"second event"), ("", b" third event")]),
    (b"data\n\ndata\ndata\n\ndata:", [("", b""), ("", b"\n"), ("", b"")]),
    (b"data:test\n\ndata: test\n\n", [("", b"test"), ("", b"test")]),
    (b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
     [("add", b"73857293"), ("remove", b"2153")]),
    (b"event: nothing\n\ndata: x\n\n", [("", b"x")]),
    (b"\xef\xbb\xbfdata: marked\n\n", [("", b"marked")]),
    (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", [("", b"a"), ("", b"b"), ("", b"c")]),
    (b": keep-alive\n\n: keep-alive\r\n\r\n", []),
    (b"retry: 10\nwhatever: x\n\n", []),
    (b"", []),
])
def test_events_are_read_as_the_standard_reads_them(
    text: bytes, events: list[tuple[str, bytes]]
) -> None:
    """All but the first block of the second are the standard's own examples; what is not ended by a
    blank line is taken all the same."""
    assert read(text) == events


lines = st.sampled_from([
    b"data: x", b"data:", b"data", b"data: \xe8\xbf\x94\xe9\x87\x91", b": ping", b"event: error",
    b"id: 7", b"", b"", b"data: [DONE]", b"data:  two", b"\xef\xbb\xbfdata: y",
    b"data: " + b"z" * 99,
])
ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
streams = st.lists(st.tuples(lines, ends), max_size=12).map(
    lambda parts: b"".join(line + end for line, end in parts)) | st.binary(max_size=60)


@given(text=streams, data=st.data())
def test_any_cut_gives_the_same_events(text: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(*pieces) == read(text)
    assert read(*[text[i : i + 1] for i in range(len(text))]) == read(text)


@given(st.lists(st.text(st.characters(exclude_characters="\r\n"), max_size=20), max_size=8), ends)
def test_what_is_sent_arrives(texts: list[str], end: bytes) -> None:
    sent = b"".join(b"data: " + text.encode("utf-8", "replace") + end + end for text in texts)
    assert read(sent) == [("", text.encode("utf-8", "replace")) for text in texts]


def test_an_event_is_stamped_with_its_last_byte() -> None:
    reader = EventReader()
    assert reader.feed(b"data: a\n", 1.0) == []
    assert reader.feed(b"\ndata: b\n\ndata: c", 2.0) == [Event(b"a", "", 2.0), Event(b"b", "", 2.0)]
    assert reader.end(3.0) == [Event(b"c", "", 3.0)]


def test_a_huge_line_in_tiny_pieces_takes_no_time_that_grows_with_its_square() -> None:
    """Held by its shape: what came before is never looked at again. Half a MB byte by byte would
    copy 125 GB otherwise."""
    reader = EventReader()
    for _ in range(500_000):
        reader.feed(b"x")
    assert reader.feed(b"\n\n") == []
