"""The tokenizer: pairs of characters that often stand together, joined again and again.

It is SentencePiece's kind, which llama.cpp calls "llama": the pair whose piece has the highest
score is joined first. No piece reaches over a space or from letters into marks.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

SPACE = "▁"
BOS, EOS, BYTES = 1, 2, 3
FIRST_ROLE = BYTES + 256
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
FIRST_PIECE = FIRST_ROLE + len(ROLES)
CHARACTERS = SPACE + string.ascii_letters + string.digits + string.punctuation
SPECIALS = ("<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *ROLES)


class Tokenizer:
    """Pieces and their scores; the number of a piece is its place."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        self.pieces, self.scores = tuple(pieces), tuple(scores)
        self._number = {piece: at for at, piece in enumerate(pieces) if at >= FIRST_PIECE}

    def encode(self, text: str) -> list[int]:
        """The numbers that llama.cpp gives a plain text of printable ASCII."""
        parts = list(text.replace(" ", SPACE))
        while True:
            pairs = [(self.scores[number], -at) for at, pair in enumerate(pairwise(parts))
                     if (number := self._number.get("".join(pair))) is not None]
            if not pairs:
                return [self._number[part] for part in parts]
            at = -max(pairs)[1]
            parts[at : at + 2] = ["".join(parts[at : at + 2])]


def _may_join(one: str, other: str) -> bool:
    letters = one.lstrip(SPACE).isalpha() or one == SPACE
    return SPACE not in other and ((letters and other.isalpha()) or
                                   (not any(map(str.isalnum, one + other)) and SPACE not in one))


def learn(texts: Iterable[str], joins: int) -> Tokenizer:
    """So many joins, the most frequent pair of the texts first."""
    lines = [list(text.replace(" ", SPACE)) for text in texts]
    pieces = [*SPECIALS, *CHARACTERS]
    for _ in range(joins):
        counts = Counter(pair for line in lines for pair in pairwise(line)
                         if _may_join(*pair))
        if not counts:
            break
        best = max(counts, key=lambda pair: (counts[pair], pair))
        pieces.append("".join(best))
        for line in lines:
            at = 0
            while at < len(line) - 1:
                if (line[at], line[at + 1]) == best:
                    line[at : at + 2] = ["".join(best)]
                at += 1
    known = FIRST_PIECE + len(CHARACTERS)
    scores = [0.0] * FIRST_PIECE + [-1e6 - at for at in range(len(CHARACTERS))] + \
        [-float(at) for at in range(len(pieces) - known)]
    return Tokenizer(pieces, scores)
