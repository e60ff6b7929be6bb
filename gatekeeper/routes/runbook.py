"""The sections of a runbook, and which of them a README has: in English, Japanese or Chinese.
Pure."""

from __future__ import annotations

import re

from gatekeeper.routes.prose import headings

SECTIONS: dict[str, str] = {
    "task": r"\btask|what it (?:does|is)|purpose|overview|用途|タスク|目的|任务|概要",
    "model and version": r"\bmodel|モデル|模型",
    "runtime": r"\bruntime|environment|requirements?\b|ランタイム|実行環境|运行时|运行环境",
    "license note": r"licen[cs]e|ライセンス|许可",
    "how to run": r"\brun\b|\bstart|\bserve|usage|deploy|起動|実行方法|使い方|启动|运行方法"
                  r"|如何运行|部署",
    "how to test": r"\btest|smoke|verif|テスト|試験|動作確認|测试|验证",
    "known limits": r"limit|制限|制約|限制|局限",
    "how to stop or roll back": r"\bstop|roll ?back|rollback|disable|停止|ロールバック|回滚",
}
"""Name of each section -> what its heading says."""
LIMITS = {
    "context length": r"context|コンテキスト|文脈長|上下文",
    "latency target": r"latenc|response time|レイテンシ|遅延|応答時間|延迟|时延",
    "unsupported requests": r"unsupported|not (?:supported|meant|for)|refus|未対応|非対応|対象外"
                            r"|サポートしていない|不支持",
    "privacy": r"priva|personal|confidential|プライバシー|個人情報|隐私|个人信息",
}
"""What the known limits speak of."""


def missing_sections(text: str) -> tuple[str, ...]:
    """What a README lacks as a runbook: sections without a heading or with nothing below it, and
    limits that are not spoken of."""
    found = {name: [below for heading, below in headings(text)
                    if re.search(pattern, heading.text.lower()) and below.strip()]
             for name, pattern in SECTIONS.items()}
    missing = [name for name, below in found.items() if not below]
    limits = "\n".join(found["known limits"]).lower()
    if limits:
        missing += [f"known limits: {name}" for name, pattern in LIMITS.items()
                    if not re.search(pattern, limits)]
    ending = "\n".join(found["how to stop or roll back"]).lower()
    if ending and not re.search(r"roll ?back|previous|ロールバック|前の|回滚|上一", ending):
        missing.append("how to stop or roll back: rolling back")
    return tuple(missing)
