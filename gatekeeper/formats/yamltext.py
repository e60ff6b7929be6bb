"""The one YAML reader everything here uses, and the one fault its versions word differently."""

from __future__ import annotations

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def nests_too_deep(error: yaml.YAMLError) -> bool:
    """Whether the reader gave up on depth: libyaml from PyYAML 6.0.4 on has a limit of its own."""
    return "nesting depth" in str(error)
