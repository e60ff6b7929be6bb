"""The adapter: words of the support desk that the notes do not use, and words that weigh more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policy_assistant.config import BadConfig
from policy_assistant.features import normalise


@dataclass(frozen=True, slots=True)
class Adapter:
    """What is done to a question before it is looked up. The empty adapter does nothing."""

    weights: Mapping[str, float] = field(default_factory=dict)
    """Word -> factor on its weight."""
    expansions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Phrase of a question -> words of the notes that are added to it."""

    def expand(self, question: str) -> str:
        """The question, and the notes' words for what it speaks of."""
        folded = normalise(question)
        added = [
            word for phrase, words in self.expansions.items() if phrase in folded for word in words
        ]
        return " ".join([question, *added])

    def factor(self, feature: str) -> float:
        """How much more a feature weighs."""
        return self.weights.get(feature.removeprefix("w:"), 1.0)


def read_adapter(path: Path) -> Adapter:
    """The adapter of a file; BadConfig says what is wrong with it."""
    try:
        values: Any = json.loads(path.read_text(encoding="utf-8"))
        return Adapter(
            weights={normalise(word): float(by) for word, by in values["weights"].items()},
            expansions={
                normalise(phrase): tuple(str(word) for word in words)
                for phrase, words in values["expansions"].items()
            },
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadConfig(f"adapter {path.name}: {error!r}") from None
