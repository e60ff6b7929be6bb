"""What each route cannot know, and how it is claimed all the same: one table, read by `claims.py`.

A pattern is what is said, in small letters and half-width forms; it may hold a negation of its own
(`never goes down`). English, Japanese, Chinese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatekeeper.manifest.told import COLAB, LOCAL_CPU, RENTED_GPU

_LARGE = (r"(?:gpt-?\d\w*|chatgpt|claude|gemini|llama-?\s?3?-?(?:70|405)b|(?:7\d|[1-9]\d\d)b"
          r"|(?:much |far )?larger? models?|models? (?:\d+|two|ten|many) times"
          r"|large-model|frontier(?: models?)?|cloud models?)")
_DATA = (r"(?:private|personal|confidential|sensitive|customers?'?|patients?'?|medical|company)"
         r" (?:data|information|documents?|records?|files?|texts?)")
_GPU = r"(?:gpus?|t4|l4|a100|h100|v100|accelerators?)"
_PRODUCTION = r"production[- ](?:ready|grade|quality|proven)|ready for production"
_JA_DATA = r"(?:個人情報|個人データ|機密情報|機密データ|顧客データ|顧客情報|非公開データ|社内文書)"
_ZH_DATA = r"(?:私有|隐私|敏感|个人|客户|机密|内部)(?:数据|信息|资料|文件)"


@dataclass(frozen=True, slots=True)
class Overclaim:
    """One thing that a route cannot know."""

    name: str
    why: str
    """Why it cannot, in a sentence's end."""
    said: re.Pattern[str]


def _rule(name: str, why: str, *patterns: str) -> Overclaim:
    return Overclaim(name, why, re.compile("|".join(f"(?:{one})" for one in patterns)))


OVERCLAIMS: dict[str, tuple[Overclaim, ...]] = {
    LOCAL_CPU: (
        _rule(
            "large-model quality", "only what a CPU holds was run",
            rf"\b(?:match(?:es|ing)?|rivals?|equals?|beats?|outperforms?|surpass(?:es)?|on par with"
            rf"|as (?:good|smart|accurate|capable) as|comparable (?:to|with)|better than"
            rf"|close to|equivalent to|indistinguishable from)\b.{{0,40}}\b{_LARGE}\b",
            rf"\b{_LARGE}[- ](?:level|class|grade|quality|like)\b",
            rf"\b(?:quality|accuracy|performance|answers?) of (?:a |the )?{_LARGE}\b",
            r"\bstate[- ]of[- ]the[- ]art\b", r"\bsota\b",
            r"\b(?:best|highest|superior|unmatched)[- ](?:in[- ]class )?(?:answer |model )?quality"
            r"\b",
            r"(?:大規模モデル|大型モデル|gpt-?\d|claude|\d{2,}b).{0,12}(?:同等|並み|並の|匹敵|以上の"
            r"|超え|上回)",
            r"最先端の(?:品質|性能|精度)", r"最高(?:の)?(?:品質|精度)",
            r"(?:媲美|超越|达到|接近|不输|不逊于).{0,10}(?:大模型|gpt-?\d|claude|\d{2,}b)",
            r"(?:大模型|gpt-?\d|claude|\d{2,}b).{0,8}(?:相当|相媲美|水平|水准|级别|质量)",
            r"最先进的(?:质量|效果|性能)|顶级质量",
        ),
        _rule(
            "throughput", "one caller's turn on a CPU says nothing of many on a server",
            r"\b\d[\d,.]*\s*k?\s*(?:requests?|reqs?|tokens?|tok|queries|messages|prompts?)"
            r"\s*(?:/|per|a|an|each)\s*(?:s|sec|second|min|minute|hour|h|day)\b",
            r"\b\d[\d,.]*\s*(?:rps|qps|tps)\b", r"\bhigh[- ]throughput\b",
            r"\b(?:great|excellent|high|good|best|huge|massive) throughput\b",
            r"\bthroughput\b.{0,24}?\b(?:of|is|reaches|exceeds|up to|above|over)\b.{0,12}\d",
            r"\b(?:handles?|serves?|supports?|sustains?|copes? with)\b.{0,24}\b(?:thousands"
            r"|hundreds|millions|dozens|\d{2,})\b.{0,24}\b(?:users|requests|clients|connections|callers"
            r"|conversations)\b",
            r"\bscales? (?:horizontally|linearly|effortlessly|easily|well|out|to)\b",
            r"(?:毎秒|秒間)\s*\d+", r"\d+\s*(?:件|リクエスト|トークン|req|tokens?)\s*/\s*(?:秒|s)",
            r"高い?スループット",
            r"(?:数百|数千|多数|大量)[人件]?の?.{0,10}(?:同時|並列|ユーザ)",
            r"每秒(?:可|能|处理|生成)*\s*\d+", r"高吞吐|高并发",
            r"吞吐量?.{0,8}(?:达到|超过|高达|可达)",
        ),
        _rule(
            "production latency", "the machine is not the one that will serve",
            rf"\b(?:{_PRODUCTION})\b",
            r"\bproduction[- ](?:latency|latencies|speed|performance|load|traffic|workloads?"
            r"|use)\b",
            r"\b(?:fast|quick|low[- ]latency|responsive|instant\w*)\b.{0,30}\bin production\b",
            r"\b(?:latency|response times?|responds|answers|replies)\b.{0,40}\b(?:in production"
            r"|under (?:full |heavy |real )?load|at scale|for all users|for every user)\b",
            r"\b(?:ultra[- ])?low[- ]latency\b", r"\bsub-?second\b",
            r"\b(?:answers?|responds?|repl(?:y|ies)|responses?|works?|chats?)\b.{0,24}"
            r"\breal[- ]time\b|\breal[- ]time (?:answers?|responses?|repl(?:y|ies)|inference|chat"
            r"|service|performance)\b",
            r"\bdeploy(?:ed)?\b.{0,12}\b(?:to|in|for) production\b",
            r"\b(?:instant|instantaneous|lightning[- ]fast|blazing(?:ly)?[- ]fast)\b",
            r"本番(?:環境)?(?:で|でも|に|の|運用).{0,10}(?:使え|使用でき|利用でき|耐え|対応|応答|通用)",
            r"本番(?:対応|品質|レベル)", r"低遅延|低レイテンシ", r"リアルタイム|瞬時に",
            r"(?:可用于|适用于|适合|满足|胜任)(?:生产|线上)", r"生产(?:级|就绪|可用)",
            r"低延迟|低时延|实时|毫秒级|秒回",
        ),
    ),
    COLAB: (
        _rule(
            "a stable service", "a Colab runtime ends when it likes to",
            r"\b(?:stable|reliable|dependable|permanent|persistent|robust|always[- ]on)"
            r" (?:\w+ )?(?:service|endpoint|url|api|deployment|server|host(?:ing)?|backend)\b",
            r"\balways (?:on|up|online|available|reachable)\b", r"\b24\s*/\s*7\b",
            r"\baround the clock\b", r"\b99(?:\.\d+)?\s?%.{0,16}(?:uptime|availab\w+)",
            r"\buptime\b.{0,16}\b99", r"\b(?:no|zero|without) (?:any )?downtime\b",
            r"\bnever (?:goes|going|went) (?:down|offline)\b", r"\bhigh(?:ly)?[- ]availab\w+",
            rf"\b(?:{_PRODUCTION})\b",
            r"\bruns? (?:all the time|continuously|forever|permanently|uninterrupted)\b",
            r"安定(?:稼働|運用|動作)|安定した(?:サービス|api|運用|環境)|安定して(?:動|稼働|利用|使)",
            r"常時(?:稼働|利用|起動|接続)|24\s*時間|止まらない|落ちない|高可用|可用性\s*99",
            r"稳定(?:的)?(?:服务|运行|可用|接口)|全天候|7\s*[x×*]\s*24|24\s*小时|不间断|高可用|永久在线"
            r"|永不(?:掉线|下线|中断)",
        ),
        _rule(
            "private data handling", "what is sent goes to a machine of somebody else's",
            rf"\b{_DATA} (?:can|may) be (?:\w+ )?(?:used|sent|processed|uploaded|pasted|given)\b",
            rf"\b{_DATA}\b.{{0,40}}\b(?:safe(?:ly)?|secure(?:ly)?|protected|stays?|remains?"
            r"|welcome|supported|allowed|accepted|fine|handled|encrypted)\b",
            rf"\b(?:safe|secure|suitable|approved|fit|fine|ready|cleared|good|ok) (?:for|with"
            rf"|to use with)\b.{{0,24}}\b{_DATA}\b",
            rf"\b(?:handles?|process(?:es)?|accepts?|supports?|protects?|stores?|keeps?)\b.{{0,20}}"
            rf"\b{_DATA}\b",
            rf"\byou (?:can|may) (?:\w+ )?(?:send|use|upload|paste|process)\b.{{0,20}}\b{_DATA}\b",
            r"\b(?:gdpr|hipaa|soc ?2)\b.{0,16}\b(?:compliant|compliance|ready|certified)\b",
            r"\b(?:your |all )?(?:data|prompts|inputs) (?:never leaves?|stays? (?:private|secret"
            r"|on|with|local|in))\b", r"\bprivate(?:ly)? and secure(?:ly)?\b",
            r"\bfully private\b|\bprivacy is guaranteed\b|\bguarantees? privacy\b",
            rf"{_JA_DATA}.{{0,16}}(?:安全|扱え|扱います|扱う|処理でき|処理します|送れ|送信でき|保護され"
            r"|入力でき|問題ありません)",
            rf"安全に.{{0,10}}{_JA_DATA}",
            r"データは外部に(?:出|送信され)ない|データは外に出ません",
            rf"{_ZH_DATA}.{{0,12}}(?:安全|可以|放心|保护|受保护|不会泄露|不外泄)",
            rf"(?:安全|放心)(?:地)?(?:处理|上传|保存|使用).{{0,4}}{_ZH_DATA}",
            rf"(?:支持|可以?|能够?)处理.{{0,4}}{_ZH_DATA}", r"数据不(?:会)?(?:出|离开|外传)",
        ),
        _rule(
            "a guaranteed GPU", "Colab gives what it has at the time",
            rf"\b(?:guarantee[sd]?|guaranteeing|dedicated|reserved|exclusive)\b.{{0,20}}\b{_GPU}\b",
            rf"\b{_GPU}\b.{{0,24}}\b(?:guaranteed|always (?:available|there|assigned|on|free)"
            r"|dedicated to|reserved|at any time|whenever)\b",
            rf"\balways (?:\w+ ){{0,3}}(?:on |with |has |gets? )?(?:an? |the )?{_GPU}\b",
            rf"\b(?:every|each) (?:session|user|run|time)\b.{{0,24}}\b{_GPU}\b",
            r"gpu.{0,8}(?:保証|必ず|常に|いつでも|専用)|(?:必ず|常に|いつでも|専用の?).{0,8}gpu",
            r"(?:保证|始终|总是|随时|独占|专用).{0,8}(?:gpu|t4|a100)|gpu.{0,8}(?:保证|始终|总能|随时可用"
            r"|独占)",
        ),
    ),
    RENTED_GPU: (
        _rule(
            "readiness as a public service",
            "that takes authentication, logging and monitoring, and not all are declared",
            rf"\b(?:{_PRODUCTION})\b",
            r"\b(?:ready|fit|safe|suitable|open|opened|available|released|prepared|good)"
            r" (?:enough )?(?:for|to|as)\b.{0,24}\b(?:public|everyone|everybody|anyone|anybody"
            r"|all users|customers|the internet|end[- ]users|external users|outside users)\b",
            r"\bpublic(?:ly)? (?:service|api|endpoint|available|accessible|reachable|usable"
            r"|deployment|launch)\b",
            r"\b(?:anyone|everyone|anybody|everybody|the public|customers) (?:can|may) (?:now )?"
            r"(?:use|call|reach|access|try|query|connect)\b",
            r"\b(?:goes|went|going|is|are|now) live\b",
            r"\bopen to the (?:public|world|internet)\b",
            r"一般公開|公開サービス|誰でも.{0,8}(?:使え|利用でき|アクセス|呼び出せ)|外部公開",
            r"本番(?:対応|品質|運用(?:可能|でき)|で使え|サービスとして)",
            r"面向(?:公众|大众|所有用户|外部)|对外(?:开放|服务|提供|发布)|公开(?:服务|可用|访问|发布)"
            r"|(?:任何人|所有人|大家)(?:都)?(?:可以?|能)(?:使用|访问|调用)|生产(?:级|就绪|可用)|正式上线",
        ),
    ),
}
"""Kind of route -> what it cannot know."""
