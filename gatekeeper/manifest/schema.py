"""The manifest as JSON Schema, for editors: made from the types that read it.

It is wider than the readers where a schema cannot say what they say: which measures there are, what
contradicts what. `gatekeeper check` is what decides.
"""

from __future__ import annotations

from gatekeeper.manifest.readers import bind
from gatekeeper.manifest.shapes import Shape, shape_of
from gatekeeper.manifest.types import Manifest


def schema() -> Shape:
    """The schema of `gatekeeper.yaml`, in draft 7, which every editor reads."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "gatekeeper manifest",
        "description": "The release gate of a self-hosted model service: what is started, what it "
                       "promises, what changes count, and what must hold before a merge.",
        **shape_of(bind(Manifest)),
    }
