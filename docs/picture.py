"""The pictures in the README and in docs/report.md: the comment of the demo's blocked change, as
GitHub would render it, and two views of its `report.html`.

GitHub's own Markdown renderer (cmark-gfm) and style sheet, in headless Chromium. Needs a demo pack:

    make demo && make picture
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options

from gatekeeper.evidence.pack import Pack
from gatekeeper.judging.from_pack import judge
from gatekeeper.report.comment import Mark, gate_digest, make_body
from gatekeeper.report.visit import Visit
from tests.support.chromium import Chromium, find_chromium

ROOT = Path(__file__).parents[1]
PACK = ROOT / "demo" / "evidence-smaller"
STYLE = ROOT / "tests/node/node_modules/github-markdown-css/github-markdown-light.css"
IMAGES = ROOT / "docs" / "images"
VIEWS = {"report.png": ("", (1180, 1010)), "report-case.png": ("#case=format_06", (1180, 850))}
"""Picture of the report -> what of it, and how large."""
PAGE = """<!doctype html><meta charset="utf-8"><style>{style}
body {{ margin: 0; padding: 24px; background: #fff; }}
.frame {{ border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }}
.head {{ background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 9px 16px; color: #59636e;
         font: 14px -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }}
.head b {{ color: #1f2328; }} .markdown-body {{ padding: 16px; }}
</style><div class="frame"><div class="head"><b>github-actions</b> bot commented</div>
<div class="markdown-body">{body}</div></div>"""


def main() -> int:
    """Write the pictures."""
    if not STYLE.is_file() or not PACK.is_dir():
        print("needs `make node` and a pack of `make demo`", file=sys.stderr)
        return 1
    judgement = judge(Pack.open(PACK))
    visit = Visit(number=7, evidence_url="https://github.com/acme/assistant/actions/runs/1")
    body = make_body(judgement, Mark(gate_digest("gatekeeper"), "0" * 40, 1, 1, 1), visit)
    rendered = cmarkgfm.github_flavored_markdown_to_html(body, Options.CMARK_OPT_UNSAFE)
    browser = Chromium(find_chromium())
    try:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "comment.html"
            page.write_text(PAGE.format(style=STYLE.read_text(), body=rendered), "utf-8")
            draw(browser, page.as_uri(), (1080, 2060), "comment.png")
        for name, (part, size) in VIEWS.items():
            draw(browser, (PACK / "report.html").as_uri() + part, size, name)
    finally:
        browser.close()
    return 0


def draw(browser: Chromium, url: str, size: tuple[int, int], name: str) -> None:
    """One picture of one page."""
    page = browser.open(url, width=size[0], height=size[1])
    page.call("Emulation.setScrollbarsHidden", hidden=True)
    page.picture(IMAGES / name)
    print((IMAGES / name).relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
