"""Weights that a service is given: `service.models`. Where each comes from is text that is read
here; nothing is fetched. Pure."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from gatekeeper.manifest import shapes
from gatekeeper.manifest.document import Node
from gatekeeper.manifest.readers import WRONG, Complaints, integer, key, path, text
from gatekeeper.manifest.shapes import shaped

MAX_SIZE = 10**14
"""Bytes of one file; more are a mistake."""
FORMS = "`path:/…`, `https://…`, `hf:org/repo/file@revision` or `oci://registry/repository:tag`"
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_HF = re.compile(rf"({_PART}/{_PART})/({_PART}(?:/{_PART})*)(?:@([A-Za-z0-9][\w./-]*))?")
_OCI = re.compile(
    rf"({_PART}(?::[0-9]+)?)/([a-z0-9][a-z0-9._/-]*)(?::([\w][\w.-]*)|@(sha256:[0-9a-f]{{64}}))")
_HF_LATEST = "main"


class Kind(StrEnum):
    """Where weights come from."""

    PATH = "path"
    HTTPS = "https"
    HF = "hf"
    OCI = "oci"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one file comes from."""

    kind: Kind
    place: str
    """Path, URL, or path in the repository of a model hub; repository in an OCI registry."""
    host: str = ""
    """Repository of a model hub (`org/name`), or OCI registry (`host:port`)."""
    version: str = ""
    """Revision on a model hub, tag or digest in an OCI registry."""


def read_origin(written: str) -> Origin:
    """`from` as a value; ValueError with the likely fix."""
    kind, _, rest = written.partition(":")
    if kind == "path" and rest.startswith("/"):
        return Origin(Kind.PATH, posixpath.normpath(rest))
    if kind == "https":
        return _https(written)
    if kind == "hf" and (found := _HF.fullmatch(rest)) and ".." not in rest:
        return Origin(Kind.HF, found[2], found[1], found[3] or _HF_LATEST)
    if kind == "oci" and (found := _OCI.fullmatch(rest.removeprefix("//"))):
        return Origin(Kind.OCI, found[2], found[1], found[3] or found[4])
    raise ValueError(f"`{written}` is no place of a model; write {FORMS}")


def _https(written: str) -> Origin:
    try:
        parts = urlsplit(written)
        sound = bool(parts.hostname) and parts.port != 0 and len(parts.path) > 1
    except ValueError:
        sound = False
    if not sound or re.search(r"[^!-~]", written):
        raise ValueError(f"`{written}` is not the URL of a file")
    if parts.username or parts.password:
        raise ValueError("a key stands in the URL of a model; nothing secret belongs in a manifest")
    return Origin(Kind.HTTPS, written)


@shaped(lambda: {"type": "string", "pattern": "^(path:|https:|hf:|oci:)"})
def _from(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    if value is WRONG:
        return value
    try:
        read_origin(value)
    except ValueError as error:
        return complaints.at(node.place, str(error))
    return value


@shaped(lambda: {"type": "string", "pattern": "^(sha256:)?[0-9a-f]{64}$"})
def _sha256(node: Node, complaints: Complaints) -> Any:
    value = text(node, complaints)
    if value is WRONG:
        return value
    if found := _SHA256.fullmatch(value.lower()):
        return found[1]
    return complaints.at(node.place, f"`{value[:80]}` is not a SHA-256 digest",
                         "write the 64 digits that `sha256sum FILE` prints")


@shaped(lambda: shapes.PATH)
def _mount(node: Node, complaints: Complaints) -> Any:
    value = path(node, complaints)
    if value is WRONG:
        return value
    if value != posixpath.normpath(value) or posixpath.dirname(value) == "/" or ":" in value:
        return complaints.at(node.place, f"`{value}` is not a file in a folder of its own",
                             "write for instance `/models/x.gguf`")
    return value


@dataclass(frozen=True, slots=True)
class Model:
    """One file of weights, fetched before the service starts and mounted read-only."""

    from_: str = key(_from, doc=f"Where it comes from: {FORMS}.")
    sha256: str = key(_sha256, doc="Digest of the file; it is what is run, wherever it comes from.")
    mount: str = key(_mount, doc="Path of the file in the service's container; at a desk it is "
                     "replaced in `command` and `environment` by where the file is.")
    size: int | None = key(integer(1, MAX_SIZE), None, doc="Its bytes, where known: nothing longer "
                           "is taken in.")

    @property
    def origin(self) -> Origin:
        """Where it comes from, as a value."""
        return read_origin(self.from_)

    @property
    def folder(self) -> str:
        """Folder of the container that it is mounted in."""
        return posixpath.dirname(self.mount)

    @property
    def name(self) -> str:
        """Its name in that folder."""
        return posixpath.basename(self.mount)
