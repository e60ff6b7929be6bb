"""JSON files of a pack for the page; of a merged pack, those of every shard."""

from __future__ import annotations

from typing import Any

from gatekeeper.errors import UsageError
from gatekeeper.evidence.files import CONTRACT, DRILL, ENVIRONMENT, SHARDS, SHUTDOWN, SMOKE
from gatekeeper.evidence.pack import Pack
from gatekeeper.evidence.record import RunRecord


def documents_of(pack: Pack, record: RunRecord) -> dict[str, Any]:
    """What the page calls a document -> the document."""
    own = {f"shard {number}": Pack(pack.folder / SHARDS / str(number))
           for number in range(1, record.shards + 1)}
    shards = {name: one for name, one in own.items() if one.is_there}
    if not record.shards:
        found = {"smoke": _read(pack, SMOKE), "shutdown": _read(pack, SHUTDOWN),
                 "environment": _read(pack, ENVIRONMENT), "drill": _read(pack, DRILL)}
    else:
        found = {
            "smoke": _smoke({name: _read(one, SMOKE) for name, one in shards.items()}),
            "shutdown": {f"{name} {side}": proof for name, one in shards.items()
                         for side, proof in _mapping(_read(one, SHUTDOWN)).items()},
            "environment": {name: _read(one, ENVIRONMENT) for name, one in shards.items()},
            "drill": next((drill for one in shards.values() if (drill := _read(one, DRILL))), None),
        }
    return {"contract": _read(pack, CONTRACT), **found}


def _read(pack: Pack, name: str) -> Any:
    """The page must not fail for what cannot be read."""
    try:
        return pack.read_json(name)
    except UsageError as error:
        return {"cannot be read": error.message}


def _smoke(found: dict[str, Any]) -> dict[str, Any]:
    passed = [_mapping(one).get("passed") is True for one in found.values()]
    return {"passed": bool(passed) and all(passed), **found}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
