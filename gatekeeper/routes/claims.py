"""Claims outside a route: what the files of a service say that where it ran cannot have shown.

A sentence is a claim where it says one of the route's overclaims and takes nothing of it back. Read
as no claim: a negation in the same clause, what is planned, asked, owed or left open, and whatever
stands under a heading of limits. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.manifest.document import Fields, Items, Node, Scalar, parse_yaml
from gatekeeper.manifest.told import RENTED_GPU, Route
from gatekeeper.routes.overclaims import OVERCLAIMS
from gatekeeper.routes.prose import Sentence, sentences

_LIMITS = re.compile(
    r"limit|not (?:supported|tested|tried|claimed|known|covered|for)|unsupported|known issues?"
    r"|caveat|out of scope|non-?goals?|road ?map|to ?do|planned|future|next steps"
    r"|what .*(?:not|cannot)"
    r"|制限|制約|未対応|未検証|非対応|対象外|今後|予定|注意|限制|局限|不支持|未测试|未验证|注意事项|路线图|计划")
_CLAUSE = re.compile(r";|,?\s*\b(?:but|however|although|though|whereas|nevertheless|yet)\b"
                     r"|,\s*(?:and\s+)?(?:it|we|this|they|which) |\band (?:it|is|are|we|can) "
                     r"|；|但是?|不过|然而|しかし|ただし|ですが|が、|けど")
_NO_DENIAL = re.compile(
    r"\bnot (?:only|just|merely)\b|\bno (?:matter|doubt|less)\b|\b(?:no|zero|without)(?: any)?"
    r" downtime\b|\bnever (?:leaves?|goes|going|went)\b|不仅|不只|不但|だけで(?:は)?なく|毫无疑问"
    r"|不错|止まらない|落ちない|(?:出|送信され)ない|出ません|問題ありません|不间断|永不|不会泄露|不外泄|数据不"
    r"|不输|不逊于")
"""Words of denial that deny nothing, or are what is claimed."""
_NO = re.compile(
    r"\b(?:no|not|never|cannot|nor|neither|none|nothing|nobody|unable|unknown|untested|unmeasured"
    r"|unproven|unverified|unsupported|unsuitable|unfit|lacks?|lacking|excludes?|excluding|instead"
    r" of|rather than|far from|out of scope|avoid|refuses?|forbidden|prohibited|unless|until)\b"
    r"|n't\b|n’t\b|\bwithout (?:any )?(?:guarantee|warrant|promis|claim|knowing|measur|test)"
    r"|ない|ません|ありませ|ませ[んぬ]|未|不可|不明|非対応|できず|せず|対象外|禁止|除く|限りま"
    r"|不|没|沒|無|无法|无需|未|并非|尚|勿|禁止|避免")
_OPEN = re.compile(
    r"\b(?:todo|to do|planned|plans? to|planning|road ?map|in (?:the )?future|later|goals?"
    r"|aims? (?:to|at|for)|hopes? to|to be|would|might|must be|must have|needs? (?:to|a|an|more)"
    r"|should be|requires?|remains? (?:open|to)|before (?:it|you|we|any|going|this|they)"
    r"|depends? on|if|whether|measure it|benchmark it|open question)\b|[?？]\s*$"
    r"|か[。？]?$|吗[？?]?$|予定|目標|目指|今後|かどうか|必要|場合|なら|べき|计划|将来|目标|希望|是否"
    r"|如果|需要|若|应该|应当|待(?:测|验证|定)")


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, where it stands."""

    file: str
    """Path of the file in the repository."""
    line: int
    what: str
    """What cannot be known, as the table calls it."""
    why: str
    text: str
    """The sentence."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: claims {self.what} ({self.why}): {self.text}"


def claims_in(route: Route, file: str, text: str) -> Iterator[Claim]:
    """The claims of a README or of notes."""
    for sentence in sentences(text):
        yield from _claims(route, file, sentence)


def claims_in_manifest(route: Route, file: str, text: str) -> Iterator[Claim]:
    """The claims of what a manifest tells about the service."""
    root, _ = parse_yaml(text, file)
    if not isinstance(root, Fields):
        return
    for name in ("about", "route"):
        if name in root.entries:
            for scalar in _told(root.entries[name][1]):
                yield from _claims(route, file, Sentence(scalar.text, scalar.place.line, ()))


def _told(node: Node) -> Iterator[Scalar]:
    """Everything that is said, but for what is said not to be."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Items):
        for child in node.nodes:
            yield from _told(child)
    else:
        for name, (_, child) in node.entries.items():
            if name not in ("unsupported", "reset_risk"):
                yield from _told(child)


def _claims(route: Route, file: str, sentence: Sentence) -> Iterator[Claim]:
    if _guarded(route) or any(_LIMITS.search(_folded(one)) for one in sentence.under):
        return
    said = _folded(sentence.text)
    for rule in OVERCLAIMS.get(route.kind, ()):
        if any(not _taken_back(said, found) for found in rule.said.finditer(said)):
            yield Claim(file, sentence.line, rule.name, rule.why, sentence.text)


def _guarded(route: Route) -> bool:
    """A rented GPU that says what guards, logs and watches it may be called a public service."""
    return route.kind == RENTED_GPU and bool(route.auth and route.logging and route.monitoring)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


def _taken_back(said: str, found: re.Match[str]) -> bool:
    """Whether the clause in which an overclaim stands takes it back."""
    start, end = 0, len(said)
    for cut in _CLAUSE.finditer(said):
        if cut.end() <= found.start():
            start = cut.end()
        elif cut.start() >= found.end():
            end = cut.start()
            break
    clause = _NO_DENIAL.sub(" ", said[start:end])
    return bool(_NO.search(clause) or _OPEN.search(clause))
