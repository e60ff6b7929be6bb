"""Words that weigh differently when an answer is held against its sources: those that say little,
those no source can vouch for, and what claims nothing."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LITTLE_WORDS = _words(
    "the a an of in to on for with by from at as is are was were be been being it its they their "
    "them he she his her this that these those which who also and or so has have had")
SELF_WORDS = _words("i me my mine myself i'm i've i'd i'll we our us")
OPINION_WORDS = _words(
    "think believe guess maybe probably sure heard hear wonder imagine bet feel love like enjoy "
    "favorite cool great good fun interesting nice awesome amazing definitely actually agree hope "
    "wish want seems funny sad glad best better bad important right true")
NEGATIONS = _words("not no never nor neither none nobody without cannot")
CJK_SELF = re.compile(r"私|僕|我(?:觉得|认为|想)|と思います|かもしれ|たぶん|大概|也许|可能")
NO_CLAIM = re.compile(
    r"^(?:(?:yes|no|sure|of course|certainly|ok(?:ay)?|thanks?(?: you)?|hello|hi|you are welcome"
    r"|good question|here (?:is|are) \w+(?: \w+)?|はい|いいえ|承知しました|かしこまりました|好的"
    r"|您好|没问题)\W*)+$"
    r"|anything else|(?:let me|us) know|(?:can|may) i help you|i can help you with"
    r"|further questions?|feel free"
    r"|(?:sources?|documents?|polic(?:y|ies)|notes?) (?:do|does) not (?:say|mention|cover|state)"
    r"|お気軽に|お問い合わせください|お知らせください|他にご質問"
    r"|(?:資料|規程)には[^。]{0,12}(?:ありません|ございません)"
    r"|如有.{0,6}问题|欢迎.{0,6}联系|资料.{0,4}没有")
"""What claims nothing of the matter, folded: courtesy, and that the sources are silent."""
