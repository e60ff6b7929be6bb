"""Hostile text made harmless, per sink. Whatever a model, a service, a pull request or a file name
says passes through here before it is shown or stored for people; nowhere else escapes anything.
"""

from __future__ import annotations

import json
import re
import unicodedata

_LINE_ENDS = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\u2028": "\\u2028", "\u2029": "\\u2029",
              "\x85": "\\x85", "\x0b": "\\x0b", "\x0c": "\\x0c"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""Spreadsheets of East Asia read the full-width signs as the others."""
_SHAPELESS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Letters and marks that nothing is drawn for (Default_Ignorable_Code_Point beyond Cf)."""


def _shown(char: str) -> str:
    if char in _LINE_ENDS:
        return _LINE_ENDS[char]
    code = ord(char)
    if code < 0x20 or 0x7F <= code < 0xA0:
        return f"\\x{code:02x}"
    # Format characters hide, join or turn round what is read: zero-width, bidi, tags, variation.
    if unicodedata.category(char) in ("Cf", "Cs", "Co", "Cn") or char in _SHAPELESS:
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char


def visible(text: str) -> str:
    """One line in which every control, terminal escape and invisible character can be seen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, saying that there was more."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _line(text: str, limit: int) -> str:
    """One visible line, cut: no character becomes less than one, so none beyond the limit is
    looked at, however long the text is."""
    return shortened(visible(text[: limit + 1]), limit)


def for_terminal(text: str, limit: int = 300) -> str:
    """For a terminal: no escape sequence, no second line."""
    return _line(text, limit)


def for_log(text: str) -> str:
    """One line for a CI log: no workflow command in either syntax.

    `::cmd::` counts at the start of a line, `##[cmd]` anywhere in it (actions/runner
    ActionCommand.cs); both streams are read, and a bare carriage return ends a line.
    """
    line = visible(text).replace("##[", "#\u2009#[")
    return "│ " + line if line.lstrip().startswith("::") else line


def for_markdown(text: str, limit: int = 300) -> str:
    """For GitHub Markdown, also in a table cell: a code element with every special character as an
    entity, so that nothing is parsed: no mention, reference, link, image, HTML, fence or break.

    An address is looked for after entities are read, and linked in code elements too: a place where
    a line may break stands behind every `@` (cmark-gfm, autolink extension).
    """
    if not text.strip():
        return ""
    inner = "".join(
        char if char.isalnum() or char in " ," or ord(char) > 0x7E else f"&#{ord(char)};"
        for char in _line(text, limit)
    )
    return f"<code>{inner.replace('&#64;', '&#64;<wbr>')}</code>"


def for_markdown_code(text: str, limit: int = 2000) -> str:
    """One line inside a fenced block of GitHub Markdown: nothing in it ends the block, for what
    would is a line of its own and starts with the fence's sign."""
    line = _line(text, limit)
    return "\\" + line if line.lstrip().startswith(("```", "~~~")) else line


def for_xml(text: str, limit: int = 4000) -> str:
    """For XML, which has no way to write most control characters; markup is escaped by the
    writer."""
    lines = text[: 2 * limit + 2].replace("\r\n", "\n").split("\n")
    return shortened("\n".join(visible(line) for line in lines), limit)


def for_html(text: str, limit: int = 300) -> str:
    """For a page that sets it as text and never as markup (`for_script` carries it there): lines
    and tabs stay, whatever else cannot be seen is written out."""
    lines = text[: limit + 1].replace("\r\n", "\n").split("\n")
    seen = ("\t".join(map(visible, line.split("\t"))) for line in lines)
    return shortened("\n".join(seen), limit)


def for_script(value: object) -> str:
    """JSON as the content of a script element: no character of it can end the element, begin a
    comment or an entity, or act on a terminal; a JSON reader reads the very value back. ValueError
    for what is no number."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def for_csv(text: str, limit: int = 1000) -> str:
    """For a cell that a spreadsheet will open: no formula, one line."""
    line = _line(text, limit)
    return "'" + line if line.startswith(_FORMULA) else line


def for_model(text: str) -> str:
    """For another model's prompt: one JSON string on one line. Whatever ends a line, hides, or
    cannot be seen is written as an escape; a JSON reader reads the very text back."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if _shown(char) == char else _escaped(char) for char in quoted)


def _escaped(char: str) -> str:
    data = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[at : at + 2].hex()}" for at in range(0, len(data), 2))


def for_shell(text: str) -> str:
    """One argument of a command a person may paste: quoted unless plainly harmless."""
    if re.fullmatch(r"[A-Za-z0-9_./:@-]+", text) and not text.startswith("-"):
        return text
    return "'" + visible(text).replace("'", "'\\''") + "'"
