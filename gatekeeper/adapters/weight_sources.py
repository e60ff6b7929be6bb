"""Where weights are read from: HTTPS, a model hub, an OCI registry; as pieces from an offset on.

Every redirect is looked at before it is followed. Plain HTTP goes to this machine alone. For a
fork's change nothing that is private is asked, and no key goes with the question.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError

from gatekeeper.adapters.weights import PIECE, NotFetched, Opened
from gatekeeper.manifest.models import Kind, Model, Origin
from gatekeeper.model import Fault

HUB = "https://huggingface.co"
MAX_REDIRECTS = 5
MAX_MANIFEST = 4 * 1024**2
CONNECT_SECONDS, SILENCE_SECONDS = 10, 60
_REDIRECTS = (301, 302, 303, 307, 308)
_MANIFESTS = ("application/vnd.oci.image.manifest.v1+json, "
              "application/vnd.docker.distribution.manifest.v2+json")
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The bytes as they come; NotFetched where they end early."""
    try:
        yield from response.raw.stream(PIECE, decode_content=False)
    except (HTTPError, OSError) as error:
        raise NotFetched(f"the transfer broke off ({_short(error)})", again=True) from None


class Sources:
    """Opens files for one run. `trusted`: the change does not come from a fork."""

    def __init__(self, trusted: bool, environment: Mapping[str, str] = os.environ) -> None:
        self._trusted = trusted
        self._environment = environment

    def open(self, model: Model, offset: int) -> Opened:
        """One file from an offset on, or from its beginning; NotFetched where it is not to be
        had."""
        origin, headers = model.origin, {"Range": f"bytes={offset}-"} if offset else {}
        if origin.kind is Kind.OCI:
            return self._blob(origin, model.sha256, headers, offset)
        url = origin.place
        if origin.kind is Kind.HF:
            hub = (self._environment.get("HF_ENDPOINT") or HUB).rstrip("/")
            url = f"{hub}/{origin.host}/resolve/{quote(origin.version, safe='')}/{origin.place}"
            if self._trusted and (token := self._environment.get("HF_TOKEN")):
                headers["Authorization"] = f"Bearer {token}"
        found = self._get(url, headers)
        if found.status_code in (401, 403) and origin.kind is Kind.HF:
            found.close()
            raise NotFetched(f"the hub asks for a key (HTTP {found.status_code}) → look at HF_TOKEN"
                             ", and at the licence of the model's page")
        return _opened(found, offset)

    def _blob(self, origin: Origin, sha256: str, headers: dict[str, str], offset: int) -> Opened:
        """A file in an OCI registry: the layer of an artifact ("Pulling manifests" and "Pulling
        blobs" of the distribution specification)."""
        local = is_loopback(origin.host)
        base = f"http{'' if local else 's'}://{origin.host}/v2/{origin.place}"
        address = f"{base}/manifests/{origin.version}"
        found = self._get(address, {"Accept": _MANIFESTS})
        key = self._login(origin, found) if found.status_code == 401 else {}
        if key:
            found.close()
            found = self._get(address, {"Accept": _MANIFESTS, **key})
        digest = _layer(_small_json(found), sha256)
        return _opened(self._get(f"{base}/blobs/{digest}", {**headers, **key}), offset)

    def _login(self, origin: Origin, refused: requests.Response) -> dict[str, str]:
        """The header that a registry asks for; with the login that `docker login` left, where there
        is one."""
        scheme, _, rest = refused.headers.get("WWW-Authenticate", "").partition(" ")
        login = self._credentials(origin.host) if self._trusted else None
        if scheme.lower() == "basic" and login:
            asked = login(requests.Request("GET", "http://none").prepare())
            return {"Authorization": str(asked.headers["Authorization"])}
        given = dict(_CHALLENGE.findall(rest))
        if scheme.lower() != "bearer" or "realm" not in given:
            raise NotFetched("the registry asks for a login → look at `docker login` for it")
        wanted = {"scope": f"repository:{origin.place}:pull"}
        if "service" in given:
            wanted["service"] = given["service"]
        found = self._get(f"{given['realm']}?{urlencode(wanted)}", {}, login)
        told = _small_json(found)
        token = told.get("token") or told.get("access_token")
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise NotFetched("the registry gives no token → look at `docker login` for it")
        return {"Authorization": f"Bearer {token}"}

    @staticmethod
    def _credentials(host: str) -> HTTPBasicAuth | None:
        from docker import auth  # noqa: PLC0415 - 100 ms, only for a registry that asks
        from docker.errors import DockerException  # noqa: PLC0415

        try:
            found = auth.load_config().resolve_authconfig(host) or {}
        except DockerException as error:
            raise NotFetched(f"the login for the registry cannot be read: {_short(error)}") \
                from None
        lower = {name.lower(): value for name, value in found.items()}
        if not lower.get("username"):
            return None
        return HTTPBasicAuth(str(lower["username"]), str(lower.get("password", "")))

    def _get(self, url: str, headers: Mapping[str, str], login: HTTPBasicAuth | None = None
             ) -> requests.Response:
        """One file's reply, redirects followed one by one. A key goes to whom it was meant for."""
        sent = {"Accept-Encoding": "identity", "User-Agent": "gatekeeper", **headers}
        first = urlsplit(url).netloc
        with requests.Session() as session:
            for _ in range(MAX_REDIRECTS + 1):
                self._look_at(url)
                if urlsplit(url).netloc != first:
                    sent.pop("Authorization", None)
                    login = None
                found = self._one(session, url, sent, login)
                if found.status_code not in _REDIRECTS:
                    return found
                found.close()
                url = urljoin(url, found.headers.get("Location", ""))
        raise NotFetched(f"it leads from one address to the next, more than {MAX_REDIRECTS} times")

    def _one(self, session: requests.Session, url: str, headers: Mapping[str, str],
             login: HTTPBasicAuth | None) -> requests.Response:
        trust = (self._environment.get("REQUESTS_CA_BUNDLE")
                 or self._environment.get("SSL_CERT_FILE") or True)
        try:
            return session.get(url, headers=dict(headers), stream=True, allow_redirects=False,
                               verify=trust, timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
                               # A function, so that no key is taken out of a .netrc.
                               auth=login or (lambda request: request))
        except requests.exceptions.SSLError as error:
            raise NotFetched(f"its certificate is not trusted here ({_short(error)}) → look at "
                             "REQUESTS_CA_BUNDLE") from None
        except requests.RequestException as error:
            raise NotFetched(f"{urlsplit(url).netloc} does not answer ({_short(error)}) → look at "
                             "the network of this machine", again=True) from None
        except OSError as error:  # a bundle of certificates that is not there
            raise NotFetched(_short(error)) from None

    def _look_at(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        local = self._trusted and parts.scheme == "http" and is_loopback(parts.netloc)
        if not host or not (parts.scheme == "https" or local):
            raise NotFetched(f"{url[:120]} is not https, and nothing else is fetched from")
        if not self._trusted and not is_public(host, parts.port or 443):
            raise NotFetched(f"{host} is an address of this network, which is not asked for a "
                             "fork's change")


def is_loopback(netloc: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(f"//{netloc}").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(host: str, port: int) -> bool:
    """Whether a name leads to addresses of the internet alone. It may lead elsewhere a moment
    later; then the certificate is another's, and the connection ends there."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotFetched(f"{host} is not found ({_short(error)})", again=True) from None
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global
               for *_, address in found)


def _opened(found: requests.Response, offset: int) -> Opened:
    if found.status_code == 416:  # what is here already is no beginning of what is there
        found.close()
        raise NotFetched("the file is another now", again=True)
    if found.status_code not in (200, 206):
        found.close()
        words = {401: "a key is asked for", 403: "access is refused", 404: "there is no such file"}
        told = words.get(found.status_code, "it is not given")
        raise NotFetched(f"{told} (HTTP {found.status_code}) → look at `from`",
                         again=found.status_code >= 500)
    length = found.headers.get("Content-Length", "")
    rest = int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else None
    resumed = found.status_code == 206 and found.headers.get(
        "Content-Range", "").startswith(f"bytes {offset}-")
    if found.status_code == 206 and not resumed:
        found.close()
        raise NotFetched("another part of the file came than was asked for", again=True)
    start = offset if resumed else 0
    return Opened(start, None if rest is None else start + rest, _pieces(found), found.close)


def _small_json(found: requests.Response) -> dict[str, Any]:
    """A registry's own words; NotFetched where they are none."""
    with found:
        if found.status_code != 200:
            told = "the registry asks for a login → look at `docker login` for it" \
                if found.status_code in (401, 403) else "the registry has no such artifact " \
                f"(HTTP {found.status_code}) → look at `from`"
            raise NotFetched(told)
        try:
            said = json.loads(found.raw.read(MAX_MANIFEST, decode_content=False))
        except (HTTPError, OSError, ValueError, RecursionError):
            raise NotFetched("the registry's answer cannot be read", again=True) from None
    return said if isinstance(said, dict) else {}


def _layer(manifest: dict[str, Any], sha256: str) -> str:
    """The layer that is the declared file. What an artifact holds is known before it is fetched."""
    layers = manifest.get("layers")
    held = [str(one.get("digest")) for one in layers if isinstance(one, dict)] \
        if isinstance(layers, list) else []
    if f"sha256:{sha256}" in held:
        return f"sha256:{sha256}"
    if len(held) == 1:
        raise NotFetched(f"the artifact holds {held[0][:19]}, the manifest declares "
                         f"sha256:{sha256[:12]}", Fault.CHANGE)
    raise NotFetched(f"none of the artifact's {len(held)} layers is sha256:{sha256[:12]}",
                     Fault.CHANGE)


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
