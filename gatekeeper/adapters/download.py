"""One file from the web, with a bound on its size: over TLS, or from this machine itself."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import requests

from gatekeeper.errors import CouldNotMeasure, UsageError

CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
MAX_REDIRECTS = 5
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def is_url(text: str) -> bool:
    """Whether it names a place on the web."""
    return text.startswith(("https://", "http://"))


def download(url: str, limit: int) -> bytes:
    """At most `limit` bytes. UsageError for a place that is neither TLS nor this machine;
    CouldNotMeasure where it does not answer, or with more."""
    for _ in range(MAX_REDIRECTS + 1):
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _HERE:
            raise UsageError(f"{url} is not https: what comes from there may be anybody's",
                             "fetch it otherwise, and name the file")
        try:
            with requests.get(url, stream=True, allow_redirects=False,
                              timeout=(CONNECT_SECONDS, READ_SECONDS)) as answer:
                if answer.is_redirect:
                    url = urljoin(url, answer.headers["location"])
                    continue
                if answer.status_code != 200:
                    raise CouldNotMeasure(f"{url} answers {answer.status_code}")
                return _bounded(answer, url, limit)
        except requests.RequestException as error:
            raise CouldNotMeasure(f"{url} cannot be fetched: {error}") from None
    raise CouldNotMeasure(f"{url} is redirected without end")


def _bounded(answer: requests.Response, url: str, limit: int) -> bytes:
    content = bytearray()
    for chunk in answer.iter_content(1 << 16):
        content += chunk
        if len(content) > limit:
            raise CouldNotMeasure(f"{url} is larger than {limit} bytes")
    return bytes(content)
