"""External services are asked in one guarded way: what they answer is kept whole, or is one plain error."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import Failure, KgError, UsageError
from kg.fetch import Answer, Fetcher, Key, _redirected, user_agent
from kg.http_get import Response, asked_to_wait
from kg.snapshots import Snapshot, Snapshots, default_folder
from tests.replay import LASTS, Asked, Reply, Serve, Service, only_this_machine

pytestmark = pytest.mark.usefixtures("as_a_newcomer")

GOOD = Reply(b'{"n": 1.50}')
DEADLINE = 1.0
BOUND = DEADLINE + 1.0
"""Seconds within which any error must come."""
JSON = "application/json"


@pytest.fixture
def fetcher(tmp_path: Path, as_a_newcomer: None) -> Fetcher:
    return Fetcher(Snapshots(tmp_path / "cache"), deadline=DEADLINE, pause=0.01)


def refused(fetcher: Fetcher, url: str, **how: Any) -> str:
    """What is said of an address that gives no answer, within the bound, in one line."""
    start = time.monotonic()
    with pytest.raises(KgError) as caught:
        fetcher.get(url, **how)
    assert time.monotonic() - start < BOUND
    said = str(caught.value)
    assert said.isprintable()
    return said


def test_an_answer_is_given_as_it_came_with_where_and_when(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"/x?y=1": [GOOD]})
    before = datetime.now(UTC)
    answer = fetcher.get(f"{service.base}/x?y=1")
    assert (answer.body, answer.url, answer.from_cache) == (GOOD.body, f"{service.base}/x?y=1", False)
    assert before <= answer.retrieved <= datetime.now(UTC)
    assert answer.digest == hashlib.sha256(GOOD.body).hexdigest()
    assert str(answer.json()["n"]) == "1.50"
    (asked,) = service.asked
    assert asked.headers == {
        "host": service.base.removeprefix("http://"),
        "user-agent": user_agent(),
        "accept": "application/json",
        "accept-encoding": "gzip",
    }
    assert re.fullmatch(r"partnership-mechanisms-kg/[0-9]\S* \(\+https://w3id\.org/\S+\)", user_agent())


def test_a_young_snapshot_is_used_without_asking_and_an_old_one_is_asked_about(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"*": [GOOD, Reply(b'{"n": 2}')]})
    first = fetcher.get(f"{service.base}/x")
    second = fetcher.get(f"{service.base}/x")
    assert (second.body, second.retrieved, second.from_cache) == (first.body, first.retrieved, True)
    assert len(service.asked) == 1
    third = replace(fetcher, max_age=timedelta(0)).get(f"{service.base}/x")
    assert (third.body, third.from_cache, len(service.asked)) == (b'{"n": 2}', False, 2)
    assert fetcher.get(f"{service.base}/x").body == b'{"n": 2}'
    assert len(service.asked) == 2


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        ({"ETag": '"v1"', "Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT"}, ("if-none-match", '"v1"')),
        (
            {"Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT"},
            ("if-modified-since", "Sat, 28 Nov 2026 10:00:00 GMT"),
        ),
    ],
)
def test_what_did_not_change_is_not_sent_again(
    fetcher: Fetcher, serve: Serve, given: dict[str, str], asks: tuple[str, str]
) -> None:
    service = serve({"*": [replace(GOOD, headers=given), Reply(status="304 Not Modified")]})
    first = fetcher.get(f"{service.base}/x")
    again = replace(fetcher, max_age=timedelta(0)).get(f"{service.base}/x")
    assert (again.body, again.retrieved, again.from_cache) == (first.body, first.retrieved, True)
    assert service.asked[1].headers[asks[0]] == asks[1]
    assert {"if-none-match", "if-modified-since"} & set(service.asked[1].headers) == {asks[0]}
    kept = fetcher.snapshots.find(f"{service.base}/x", JSON)
    assert kept is not None
    assert kept.retrieved == first.retrieved < kept.confirmed
    assert fetcher.get(f"{service.base}/x").from_cache
    assert len(service.asked) == 2, "what was confirmed is young again"


def test_offline_uses_what_is_at_hand_however_old_and_asks_nobody(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"*": [GOOD]})
    fetcher.get(f"{service.base}/x")
    offline = replace(fetcher, offline=True, max_age=timedelta(0))
    assert offline.get(f"{service.base}/x").from_cache
    said = refused(offline, f"{service.base}/y?key=1")
    assert said == f"no snapshot of {service.base}/y is at hand: go without --offline once, so that it is fetched"
    assert len(service.asked) == 1


@given(place=st.integers(min_value=0, max_value=10_000), bit=st.integers(min_value=0, max_value=7))
def test_a_snapshot_to_which_anything_happened_is_as_good_as_none(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    snapshots = Snapshots(tmp_path_factory.mktemp("cache", numbered=True))
    now = datetime.now(UTC)
    snapshots.keep(Snapshot("http://127.0.0.1/x", JSON, b'{"n": 1}', now, now, '"v1"'))
    path = snapshots.path("http://127.0.0.1/x", JSON)
    assert snapshots.find("http://127.0.0.1/x", JSON) is not None
    assert [one.name for one in snapshots.folder.iterdir()] == [path.name]
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 1 << bit
    path.write_bytes(data)
    assert snapshots.find("http://127.0.0.1/x", JSON) is None
    path.write_bytes(data[: place % len(data)])
    assert snapshots.find("http://127.0.0.1/x", JSON) is None


def test_a_damaged_snapshot_is_fetched_again(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"*": [GOOD]})
    url = f"{service.base}/x"
    fetcher.get(url)
    path = fetcher.snapshots.path(url, JSON)
    path.write_bytes(path.read_bytes().replace(b"1.50", b"9.50"))
    assert fetcher.get(url).body == GOOD.body
    assert len(service.asked) == 2
    assert "if-none-match" not in service.asked[1].headers


def test_a_cache_that_cannot_be_written_is_said_before_anything_is_asked(serve: Serve, tmp_path: Path) -> None:
    service = serve({"*": [GOOD]})
    (tmp_path / "file").write_text("")
    fetcher = Fetcher(Snapshots(tmp_path / "file" / "cache"), deadline=DEADLINE)
    said = refused(fetcher, f"{service.base}/x")
    assert said.startswith(f"the cache {tmp_path}/file/cache cannot be written: Not a directory; let KG_CACHE name")
    assert service.asked == []


def test_the_cache_is_where_kg_cache_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KG_CACHE", str(tmp_path))
    assert default_folder() == tmp_path / "snapshots"
    monkeypatch.delenv("KG_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert default_folder() == tmp_path / "home" / "partnership-mechanisms-kg" / "snapshots"


HTML = b"<!DOCTYPE html><html><body>Welcome</body></html>"
PACKED = gzip.compress(b'{"n": "' + b"0" * 5_000_000 + b'"}')
ENDLESS = gzip.compress(b"") * 5_000

FAULTS: dict[str, tuple[Reply, str]] = {
    "a page": (Reply(HTML, kind="text/html"), "answered with a web page, not with JSON: look at it in a browser"),
    "a page that calls itself JSON": (Reply(b"\xef\xbb\xbf \n" + HTML), "answered with a web page"),
    "JSON cut short": (Reply(b'{"n": [1, 2'), "is not JSON, or not all of it"),
    "nothing": (Reply(b""), "is not JSON, or not all of it"),
    "JSON nested too deep": (Reply(b"[" * 90_000), "is not JSON"),
    "bytes of no encoding": (Reply(b'{"n": "\xe9"}'), "is not JSON"),
    "a number beyond reading": (Reply(b'{"n": ' + b"9" * 5_000 + b"}"), "is not JSON"),
    "fewer bytes than said": (Reply(GOOD.body, length=500), "broke off before the end of its answer"),
    "a chunk cut short": (
        Reply(raw=b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30\r\n{"n"'),
        "broke off before the end of its answer",
    ),
    "chunks without an end": (
        Reply(raw=b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"n": 1}\r\n'),
        "broke off before the end of its answer",
    ),
    "no HTTP": (Reply(raw=b"220 mail.example.org ESMTP\r\n"), "broke off"),
    "a reset": (Reply(reset=True), "broke off before the end of its answer"),
    "too many headers": (Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 500 + b"\r\n"), "broke off"),
    "gzip that is none": (Reply(GOOD.body, headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
    "too much": (Reply(b'["' + b"x" * 200_000 + b'"]'), "sends more than 100,000 bytes: ask for less"),
    "too much without a length": (Reply(b'["' + b"x" * 200_000 + b'"]', length=-1), "sends more than 100,000 bytes"),
    "gzip that unpacks to too much": (Reply(PACKED, headers={"Content-Encoding": "gzip"}), "more than 100,000 bytes"),
    "gzip of nothing, over and over": (Reply(ENDLESS, headers={"Content-Encoding": "gzip"}), "is not JSON"),
    "silence": (Reply(wait=LASTS), "was still answering when its time was over"),
    "a drip": (Reply(b" " * 1_000 + GOOD.body, pause=0.05), "was still answering when its time was over"),
    "a drip in gzip": (
        Reply(gzip.compress(os.urandom(1_000)), pause=0.05, headers={"Content-Encoding": "gzip"}),
        "was still answering when its time was over",
    ),
    "400": (Reply(b"", "400 \x1b[31mred"), "did not answer: 400 Bad Request"),
    "404": (Reply(b"", "404 Not Found"), "did not answer: 404 Not Found"),
    "500": (Reply(b"", "500 Internal Server Error"), "did not answer: 500 Internal Server Error"),
    "599": (Reply(b"", "599 Nobody Knows"), "did not answer: 599"),
    "206": (replace(GOOD, status="206 Partial Content"), "did not answer: 206 Partial Content"),
    "304 without a snapshot": (Reply(status="304 Not Modified"), "did not answer: 304 Not Modified"),
    "429 for an hour": (
        Reply(status="429 Too Many Requests", headers={"Retry-After": "3600"}),
        "did not answer: 429 Too Many Requests; ask again in 3,600 s",
    ),
    "429 for ever": (
        Reply(status="429 Too Many Requests", headers={"Retry-After": "9" * 4_000}),
        "did not answer, asked 5 times: 429 Too Many Requests",
    ),
    "502 for ever": (Reply(status="502 Bad Gateway"), "did not answer, asked 5 times: 502 Bad Gateway"),
    "sent elsewhere": (
        Reply(status="302 Found", headers={"Location": "http://example.org/x"}),
        "sends on to http://example.org: ask that address if you trust it",
    ),
    "sent to a private address": (
        Reply(status="307 Temporary Redirect", headers={"Location": "http://192.168.0.1/admin"}),
        "sends on to http://192.168.0.1: ask",
    ),
    "sent to a file": (Reply(status="302 Found", headers={"Location": "file:///etc/passwd"}), "is no address"),
    "sent to nothing": (Reply(status="302 Found"), "without an end"),
    "sent round and round": (Reply(status="302 Found", headers={"Location": "/x"}), "without an end"),
    "sent with a password": (
        Reply(status="302 Found", headers={"Location": "http://a:b@127.0.0.1/"}),
        "sends on to something that is no address",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_service_that_misbehaves_is_one_plain_error_in_time_and_leaves_nothing_behind(
    fetcher: Fetcher, serve: Serve, name: str
) -> None:
    reply, wanted = FAULTS[name]
    service = serve({"*": [reply]})
    url = f"{service.base}/x"
    said = refused(replace(fetcher, largest=100_000), url)
    assert said.startswith(url)
    assert wanted in said
    assert list(fetcher.snapshots.folder.iterdir()) == []


def test_a_server_that_drips_headers_is_given_up_and_its_thread_ends(fetcher: Fetcher, serve: Serve) -> None:
    class Dripping(Service):
        def _send(self, handler: Any, reply: Reply) -> None:
            for byte in reply.head() + b"":
                if self.closed.wait(0.1):
                    return
                handler.wfile.write(bytes([byte]))

    with Dripping({"*": [GOOD]}).serving() as service:
        threads = threading.active_count()
        assert "was still answering when its time was over" in refused(fetcher, f"{service.base}/x")
        until = time.monotonic() + 1
        while threading.active_count() > threads and time.monotonic() < until:
            time.sleep(0.01)
        assert threading.active_count() <= threads + 1, "the server's own thread may still drip; ours has ended"


def test_nobody_there_is_said_at_once(fetcher: Fetcher) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = refused(fetcher, f"http://127.0.0.1:{port}/x")
    assert said == f"http://127.0.0.1:{port}/x did not answer: Connection refused"


@pytest.mark.parametrize(
    "faults",
    [
        [Reply(status="502 Bad Gateway")],
        [Reply(status="503 Service Unavailable"), Reply(status="504 Gateway Timeout")],
        [Reply(reset=True), Reply(GOOD.body, length=500)],
        [Reply(status="429 Too Many Requests", headers={"Retry-After": "0"})] * 4,
        [Reply(status="429 Too Many Requests", headers={"Retry-After": "soon"})],
    ],
    ids=["502", "503 and 504", "reset and cut short", "429 four times", "429 with no time that can be read"],
)
def test_what_passes_is_asked_again(fetcher: Fetcher, serve: Serve, faults: list[Reply]) -> None:
    service = serve({"*": [*faults, GOOD]})
    assert fetcher.get(f"{service.base}/x").body == GOOD.body
    assert len(service.asked) == len(faults) + 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500, 501])
def test_what_does_not_pass_is_asked_once(fetcher: Fetcher, serve: Serve, status: int) -> None:
    service = serve({"*": [Reply(status=f"{status} x")]})
    refused(fetcher, f"{service.base}/x")
    assert len(service.asked) == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_service_that_asks_for_time_gets_it_and_it_is_shown(fetcher: Fetcher, serve: Serve, form: str) -> None:
    def script(asked: Asked) -> Reply:
        times.append(time.time())
        if len(times) > 1:
            return GOOD
        said = "1" if form == "seconds" else format_datetime(datetime.fromtimestamp(times[0] + 2, UTC), usegmt=True)
        return Reply(status="429 Too Many Requests", headers={"Retry-After": said})

    times: list[float] = []
    told: list[tuple[str, int, int]] = []
    patient = replace(fetcher, deadline=5, report=lambda *what: told.append(what))
    assert patient.get(f"{serve(script).base}/x").body == GOOD.body
    assert 0.95 <= times[1] - times[0] < 2.5
    assert any(what == "waiting for 127.0.0.1, s" and 1 <= whole <= 2 for what, _, whole in told)


def test_each_wait_is_twice_the_one_before(fetcher: Fetcher, serve: Serve) -> None:
    def script(asked: Asked) -> Reply:
        times.append(time.monotonic())
        return Reply(status="502 Bad Gateway") if len(times) < 4 else GOOD

    times: list[float] = []
    replace(fetcher, deadline=5, pause=0.1).get(f"{serve(script).base}/x")
    waits = [after - before for before, after in pairwise(times)]
    assert [round(wait, 1) for wait in waits] == pytest.approx([0.1, 0.2, 0.4], abs=0.1)
    assert waits == sorted(waits)


@given(st.text(max_size=50))
def test_whatever_a_retry_after_says_it_is_a_number_of_seconds_or_nothing(text: str) -> None:
    seconds = asked_to_wait(text)
    assert seconds is None or seconds >= 0


def test_where_a_fetch_fails_a_snapshot_that_is_at_hand_is_named_and_kept(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"*": [GOOD, Reply(HTML, kind="text/html")]})
    url = f"{service.base}/x"
    fetcher.get(url)
    said = refused(replace(fetcher, max_age=timedelta(0)), url)
    assert said.endswith(f"; a snapshot of {datetime.now(UTC):%Y-%m-%d} is at hand with --offline")
    assert replace(fetcher, offline=True).get(url).body == GOOD.body


def test_an_answer_that_is_not_what_was_asked_for_is_not_kept(fetcher: Fetcher, serve: Serve) -> None:
    def check(answer: Answer) -> None:
        if "n" in answer.json():
            raise Failure("that is no page")

    service = serve({"*": [GOOD]})
    assert refused(fetcher, f"{service.base}/x", check=check) == "that is no page"
    assert list(fetcher.snapshots.folder.iterdir()) == []


def test_gzip_is_unpacked_and_hashed_as_unpacked(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"*": [Reply(gzip.compress(GOOD.body), headers={"Content-Encoding": "gzip"})]})
    answer = fetcher.get(f"{service.base}/x")
    assert (answer.body, answer.digest) == (GOOD.body, hashlib.sha256(GOOD.body).hexdigest())


def test_something_else_than_json_may_be_asked_for_and_is_kept_apart(fetcher: Fetcher, serve: Serve) -> None:
    service = serve(lambda asked: Reply(asked.headers["accept"].encode() if "xml" in asked.headers["accept"] else b"1"))
    assert fetcher.get(f"{service.base}/x", accept="application/xml").body == b"application/xml"
    assert fetcher.get(f"{service.base}/x").body == b"1"
    assert fetcher.get(f"{service.base}/x", accept="application/xml").from_cache


def test_a_redirect_on_the_same_host_is_followed(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"/x": [Reply(status="301 Moved Permanently", headers={"Location": "/y?z=1"})], "/y?z=1": [GOOD]})
    answer = fetcher.get(f"{service.base}/x", key=Key("Client-Id", "KG_NO_SUCH_KEY"))
    assert (answer.body, answer.url) == (GOOD.body, f"{service.base}/x")
    assert [asked.target for asked in service.asked] == ["/x", "/y?z=1"]


@pytest.mark.parametrize(
    ("here", "location", "there"),
    [
        ("http://a.org/x", "https://a.org/x", "https://a.org/x"),
        ("http://a.org/x", "https://a.org:443/x?y", "https://a.org:443/x?y"),
        ("http://a.org:80/x", "/y", "http://a.org:80/y"),
        ("https://A.org/x", "https://a.org/y", "https://a.org/y"),
        ("https://a.org/x", "http://a.org/x", None),
        ("https://a.org/x", "https://b.org/x", None),
        ("https://a.org/x", "//b.org/x", None),
        ("https://a.org/x", "https://a.org.b.org/x", None),
        ("http://a.org/x", "http://a.org:8080/x", None),
        ("http://a.org:8080/x", "https://a.org/x", None),
        ("http://127.0.0.1:3030/x", "http://127.0.0.1:5432/x", None),
        ("http://a.org/x", "http://[::1]/x", None),
        ("http://a.org/x", "http://a.org\\@b.org/", "http://a.org/%5C@b.org/"),
        ("http://a.org/x", "gopher://a.org/", None),
    ],
)
def test_only_a_redirect_to_the_same_host_that_is_no_less_secure_is_followed(
    here: str, location: str, there: str | None
) -> None:
    response = Response(302, {"Location": location}, b"", "127.0.0.1")
    if there is not None:
        assert _redirected(here, response) == there
        return
    with pytest.raises(Failure, match="sends on to"):
        _redirected(here, response)


def test_a_name_that_comes_to_lead_to_another_private_address_is_not_followed(
    fetcher: Fetcher, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = serve({"/x": [Reply(status="302 Found", headers={"Location": "/y"})]})
    second = serve({"*": [GOOD]}, host="127.0.0.2", port=first.port)
    addresses = iter(["127.0.0.1", "127.0.0.2"])

    def resolved(host: str, port: int, *rest: Any) -> list[Any]:
        assert host == "service.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(addresses), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    place = f"http://service.example:{first.port}"
    said = refused(fetcher, f"{place}/x")
    assert said == f"{place}/y now leads to the private address 127.0.0.2, and is not asked there"
    assert second.asked == []


def test_a_key_is_sent_and_told_to_nobody(
    fetcher: Fetcher, serve: Serve, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KG_ROR_CLIENT_ID", " s3cret-key ")
    key = Key("Client-Id", "KG_ROR_CLIENT_ID")
    service = serve({"/x": [GOOD], "*": [Reply(HTML, "403 Forbidden")]})
    fetcher.get(f"{service.base}/x", key=key)
    said = refused(fetcher, f"{service.base}/y", key=key)
    assert [asked.headers["client-id"] for asked in service.asked] == ["s3cret-key"] * 2
    kept = b"".join(path.read_bytes() for path in fetcher.snapshots.folder.iterdir())
    assert "s3cret" not in said + repr(key) + repr(fetcher) + kept.decode() + "".join(capfd.readouterr())


@pytest.mark.parametrize("value", ["two words", "line\nbreak", "s3cret\u00e9", "x" * 501])
def test_a_key_that_is_none_is_not_shown_either(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KG_ROR_CLIENT_ID", value)
    said = refused(fetcher, "http://127.0.0.1:9/x", key=Key("Client-Id", "KG_ROR_CLIENT_ID"))
    assert said == "KG_ROR_CLIENT_ID holds no key: a key is one word of letters, digits and signs"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "http://",
        "http://a b/",
        "http://127.0.0.1/\r\nX: y",
        "http://127.0.0.1:port/",
        "http://[::1/",
        "http://user:s3cret@127.0.0.1/x",
    ],
)
def test_what_is_no_address_is_not_asked(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(UsageError) as caught:
        fetcher.get(url)
    assert str(caught.value).isprintable()
    assert "s3cret" not in str(caught.value)


def test_the_proxy_that_somebody_has_is_used_and_left_out_where_they_say(
    fetcher: Fetcher, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve({"http://service.example/x": [GOOD]})
    monkeypatch.setenv("http_proxy", proxy.base)
    assert fetcher.get("http://service.example/x").body == GOOD.body
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    direct = serve({"/x": [Reply(b"2")]})
    assert fetcher.get(f"{direct.base}/x").body == b"2"
    assert len(proxy.asked) == 1


def test_a_proxy_is_told_the_password_that_it_is_named_with_and_nobody_else_is(
    fetcher: Fetcher, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve({"http://service.example/x": [GOOD]})
    monkeypatch.setenv("http_proxy", proxy.base.replace("://", "://ada:s3cret@"))
    assert fetcher.get("http://service.example/x").body == GOOD.body
    assert proxy.asked[0].headers["proxy-authorization"] == "Basic YWRhOnMzY3JldA=="


def test_a_proxy_without_an_address_is_named(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://ada:s3cret@")
    with pytest.raises(Failure, match=r"^the proxy that http_proxy names has no address: mend that variable") as caught:
        fetcher.get("http://service.example/x")
    assert "s3cret" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 and its key, that nobody trusts who is not told to."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("needs openssl")
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", str(path), "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def secure(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_must_be_one_that_is_trusted(
    fetcher: Fetcher, serve: Serve, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve({"*": [GOOD]}, secure=secure(certificate))
    said = refused(fetcher, f"{service.base}/x")
    assert said.startswith(f"{service.base}/x did not answer: its certificate is not to be trusted (self-signed")
    assert service.asked == []
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    assert fetcher.get(f"{service.base}/x").body == GOOD.body


def test_what_speaks_no_tls_is_no_secure_service(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"*": [GOOD]})
    said = refused(fetcher, f"{service.base.replace('http', 'https')}/x")
    assert "did not answer: no secure connection comes about" in said


def test_the_watch_sees_and_stops_whoever_reaches_out() -> None:
    with pytest.raises(AssertionError), only_this_machine():  # noqa: PT012 - the block is what is watched
        with pytest.raises(OSError, match=r"a test reached out to 192\.0\.2\.1"):
            socket.create_connection(("192.0.2.1", 80), timeout=0.1)
        with pytest.raises(OSError, match=r"a test reached out to example\.org"):
            socket.getaddrinfo("example.org", 80)
