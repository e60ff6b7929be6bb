"""A second name for an image in its registry: the very bytes of its manifest under a tag.

Nothing is pulled, built or pushed: what gets the name is what was tested (OCI distribution
specification, 1.1, "Pulling manifests" and "Pushing manifests"; Docker's token authentication).
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

import requests

from gatekeeper.errors import CouldNotMeasure
from gatekeeper.github.logins import Login
from gatekeeper.neutral import shortened, visible

SECONDS = 30
KINDS = ("application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
         "application/vnd.docker.distribution.manifest.list.v2+json",
         "application/vnd.docker.distribution.manifest.v2+json")
_LARGEST = 4_000_000
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


def tag_manifest(image: str, tag: str, login: Login | None) -> None:
    """Give `repository@sha256:…` a tag in its registry; CouldNotMeasure where that does not come
    about. Done twice it is done once."""
    repository, _, digest = image.partition("@")
    host, _, name = repository.partition("/")
    with requests.Session() as session:
        session.trust_env = True
        try:
            _tag(session, f"{_scheme(host)}://{host}/v2/{name}/manifests", digest, tag, login)
        except requests.RequestException as error:
            raise CouldNotMeasure(f"the registry {host} does not answer: "
                                  f"{shortened(visible(str(error)), 240)}") from None


def _scheme(host: str) -> str:
    """As an engine has it: a registry on this machine is spoken to openly."""
    name = host.partition(":")[0]
    return "http" if name == "localhost" or name.startswith("127.") else "https"


def _tag(session: requests.Session, place: str, digest: str, tag: str, login: Login | None
         ) -> None:
    found = _asked(session, "GET", f"{place}/{digest}", login, headers={"Accept": ", ".join(KINDS)})
    content = found.content
    if len(content) > _LARGEST or f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
        raise CouldNotMeasure(f"the registry does not give the image {digest}, but another")
    kind = found.headers.get("content-type", "")
    _asked(session, "PUT", f"{place}/{tag}", login, headers={"Content-Type": kind}, data=content)


def _asked(session: requests.Session, method: str, url: str, login: Login | None, *,
           headers: dict[str, str], data: bytes | None = None) -> requests.Response:
    answer = session.request(method, url, headers=headers, data=data, timeout=SECONDS)
    if answer.status_code == 401 and login is not None:
        session.headers["Authorization"] = _authorization(
            session, answer.headers.get("www-authenticate", ""), url, login)
        answer = session.request(method, url, headers=headers, data=data, timeout=SECONDS)
    if answer.status_code >= 300:
        words = shortened(visible(answer.text), 240)
        raise CouldNotMeasure(f"the registry refused {method} {urlsplit(url).path} with status "
                              f"{answer.status_code}: {words}",
                              "the token needs `packages: write` where the registry is GitHub's")
    return answer


def _authorization(session: requests.Session, challenge: str, url: str, login: Login
                   ) -> str:
    """The answer to a challenge. A token is only fetched from a place that is as safe as the
    registry."""
    scheme, _, rest = challenge.partition(" ")
    basic = requests.auth._basic_auth_str(*login)
    if scheme.lower() != "bearer":
        return basic
    asked = dict(_PARAMETER.findall(rest))
    realm = asked.pop("realm", "")
    if urlsplit(realm).scheme not in ("https", urlsplit(url).scheme):
        raise CouldNotMeasure("the registry names no safe place to log in at")
    scopes = asked.get("scope", "")
    name = urlsplit(url).path.removeprefix("/v2/").rpartition("/manifests/")[0]
    answer = session.get(realm, params={**asked, "scope": scopes if "push" in scopes
                                        else f"repository:{name}:pull,push"},
                         headers={"Authorization": basic}, timeout=SECONDS)
    try:
        found = answer.json()
        return f"Bearer {found.get('token') or found['access_token']}"
    except (ValueError, KeyError, AttributeError):
        raise CouldNotMeasure(f"the registry's login answers with status {answer.status_code}"
                              ) from None
