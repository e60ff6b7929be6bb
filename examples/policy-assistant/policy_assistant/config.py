"""The knobs, read from `config/model.toml` and refused at once where they cannot be meant."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

QUANTIZATIONS = ("float32", "int8", "int4", "int2")
_MODEL = re.compile(r"hashed-ngrams-(\d{1,5})")


class BadConfig(ValueError):
    """A setting that cannot be meant; the message names it and says what would do."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How sentences are picked once they are ranked."""

    temperature: float
    top_k: int
    max_sentences: int
    json_steps: int
    min_score: float
    """A best sentence below this is no evidence."""
    max_tokens: int
    seed: int | None = None
    """None: sampling differs from request to request."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides an answer, beside the notes themselves."""

    dimensions: int
    quantization: str
    adapter: str
    """Path from the service's folder; empty for none."""
    prompt: str
    decoding: Decoding

    @property
    def model_id(self) -> str:
        """The name the service goes by; it tells which precision answered."""
        return f"policy-assistant-{self.quantization}"


def read_settings(path: Path) -> Settings:
    """The settings of a file; BadConfig says what is wrong with it."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path.name}: {error}") from None
    _only_known(values, {"model", "quantization", "adapter", "prompt", "decoding"}, path.name)
    quantization = _text(values, "quantization")
    if quantization not in QUANTIZATIONS:
        raise BadConfig(f"quantization `{quantization}`: use one of {', '.join(QUANTIZATIONS)}")
    return Settings(
        dimensions=_dimensions(_text(values, "model")),
        quantization=quantization,
        adapter=_text(values, "adapter"),
        prompt=_text(values, "prompt"),
        decoding=_decoding(values.get("decoding", {})),
    )


def _decoding(values: Mapping[str, Any]) -> Decoding:
    _only_known(values, {field.name for field in fields(Decoding)}, "decoding")
    return Decoding(
        temperature=_number(values, "temperature", 0, 2),
        top_k=_whole(values, "top_k", 1, 100),
        max_sentences=_whole(values, "max_sentences", 1, 10),
        json_steps=_whole(values, "json_steps", 1, 10),
        min_score=_number(values, "min_score", 0, 1),
        max_tokens=_whole(values, "max_tokens", 1, 4096),
        seed=_whole(values, "seed", 0, 2**63) if "seed" in values else None,
    )


def _only_known(values: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(values.keys() - known)
    if unknown:
        raise BadConfig(
            f"{where}: unknown key `{unknown[0]}`, known are {', '.join(sorted(known))}"
        )


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise BadConfig(f"`{name}` must be a text")
    return value


def _dimensions(model: str) -> int:
    match = _MODEL.fullmatch(model)
    if match is None or not 8 <= int(match[1]) <= 4096:
        raise BadConfig(f"model `{model}`: use hashed-ngrams-N with N from 8 to 4096")
    return int(match[1])


def _number(values: Mapping[str, Any], name: str, low: float, high: float) -> float:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadConfig(f"`decoding.{name}` must be a number from {low} to {high}")
    return float(value)


def _whole(values: Mapping[str, Any], name: str, low: int, high: int) -> int:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadConfig(f"`decoding.{name}` must be a whole number from {low} to {high}")
    return value
