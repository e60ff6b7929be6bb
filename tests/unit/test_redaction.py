"""Secrets replaced by typed marks before anything is stored, and found by the marks."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.neutral import for_markdown
from gatekeeper.redaction import MIN_SECRET, Redactor, marks_in
from tests.support.builders import any_text, found, hostile_text

A = "aB3" * 20
TOKENS = {
    "github-token": [f"ghp_{A[:36]}", f"gho_{A[:40]}", f"github_pat_11{A}",
                     f"ghs_12345_eyJ{A}.eyJ{A}.{A}"],
    "aws-key": ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"],
    "private-key": ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
                    "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"],
    "slack-token": ["xoxb-1234567890-abcdef"],
    "google-key": [f"AIza{A[:35]}"],
    "openai-key": [f"sk-{A[:32]}", f"sk-proj-{A}", f"sk-ant-{A}"],
    "hf-token": [f"hf_{A[:34]}"],
    "stripe-key": [f"sk_live_{A[:24]}", f"rk_live_{A[:24]}"],
    "gitlab-token": [f"glpat-{A[:20]}"],
    "npm-token": [f"npm_{A[:36]}"],
    "pypi-token": [f"pypi-AgE{A[:50]}"],
    "sendgrid-key": [f"SG.{A[:22]}.{A[:43]}"],
    "digitalocean-token": ["dop_v1_" + "0a" * 32],
    "google-secret": [f"ya29.{A[:30]}", f"GOCSPX-{A[:28]}"],
    "jwt": [f"eyJ{A[:20]}.eyJ{A[:20]}.{A[:20]}"],
}
KINDS = [(kind, token) for kind, tokens in TOKENS.items() for token in tokens]
by_kind = pytest.mark.parametrize(("kind", "token"), KINDS, ids=[kind for kind, _ in KINDS])


@by_kind
@pytest.mark.parametrize("around", ["{}", "key={}", "Use {}, now", "“{}”", "a\n{}\nb", "({}),"])
def test_a_token_of_a_known_shape_is_replaced_whole(around: str, kind: str, token: str) -> None:
    assert Redactor()(around.format(token)) == around.format(f"⟦redacted:{kind}⟧")


@by_kind
@pytest.mark.parametrize("around", ["Use {}, now", "{}", "\"{}\"", "返金 {} です"])
def test_a_token_inside_a_json_body_is_replaced_and_the_body_stays_json(
    around: str, kind: str, token: str
) -> None:
    body = json.dumps({"content": around.format(token)})
    assert json.loads(Redactor()(body)) == {"content": around.format(f"⟦redacted:{kind}⟧")}


BEHIND_A_WORD = [pair for pair in KINDS if pair[0] != "private-key"]


@pytest.mark.parametrize(("kind", "token"), BEHIND_A_WORD, ids=[kind for kind, _ in BEHIND_A_WORD])
@pytest.mark.parametrize("before", ["\n", "\t", "“"], ids=["new line", "tab", "quote"])
def test_a_token_behind_what_json_escapes_is_replaced(
    before: str, kind: str, token: str
) -> None:
    body = json.dumps({"content": f"Your key:{before}{token}"})
    assert marks_in(Redactor()(body)) == [kind]


@pytest.mark.parametrize(("kind", "token"), BEHIND_A_WORD, ids=[kind for kind, _ in BEHIND_A_WORD])
def test_a_token_without_spaces_in_unspaced_text_is_replaced(kind: str, token: str) -> None:
    assert Redactor()(f"鍵は{token}。") == f"鍵は⟦redacted:{kind}⟧。"


@pytest.mark.parametrize("token", ["AKIAIOSFODNN7EXAMPLE", f"hf_{A[:34]}"])
def test_a_token_that_a_kana_follows_is_replaced(token: str) -> None:
    assert "⟦redacted:" in Redactor()(f"鍵: {token}です")


@pytest.mark.parametrize(
    "text",
    [
        f"ghp_{A[:35]}", f"graph_{A[:36]}", "AKIAIOSFODNN7EXAMPL", "sk-short", f"task-{A[:32]}",
        f"hf_{A[:29]}", "xoxb-123", "-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----",
        "eyJhbGciOiJIUzI1NiJ9", "refund-policy.md#amounts", "sha256:" + "0" * 64,
        "返金は三十日以内",
    ],
)
def test_what_only_looks_a_little_like_a_token_is_left(text: str) -> None:
    assert Redactor()(text) == text


def test_a_private_key_that_is_cut_off_is_replaced_to_the_end() -> None:
    text = "x -----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\nbnNz"
    assert Redactor()(text) == "x ⟦redacted:private-key⟧"


secrets = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="⟦⟧"),
                  min_size=MIN_SECRET, max_size=20)


@given(secret=secrets, before=hostile_text, after=hostile_text)
def test_a_known_secret_is_never_left_in_a_text(secret: str, before: str, after: str) -> None:
    pieces = Redactor([secret])(before + secret + after).split("⟦redacted:secret⟧")
    assert len(pieces) > 1
    assert not any(secret in piece for piece in pieces)


def test_the_longest_of_several_secrets_is_replaced_first() -> None:
    assert Redactor(["hunter2", "hunter2hunter2"])("hunter2hunter2!") == "⟦redacted:secret⟧!"


def test_a_secret_too_short_to_mean_anything_is_left() -> None:
    assert Redactor(["a", "", "12345"])("a banana 12345") == "a banana 12345"


@pytest.mark.parametrize("secret", [
    'pa"ss"word', "back\\slash", "line\nend", "pässwörd", "秘密の合言葉"])
def test_a_known_secret_is_found_as_json_writes_it(secret: str) -> None:
    body = Redactor([secret])(json.dumps({"content": f"It is {secret}."}))
    assert json.loads(body) == {"content": "It is ⟦redacted:secret⟧."}


@by_kind
def test_a_token_in_json_inside_json_is_replaced_and_both_stay_json(kind: str, token: str) -> None:
    inner = json.dumps({"key": f"\n{token}"}).replace("-", "\\u002d").replace("_", "\\u005f")
    body = Redactor([])(json.dumps({"arguments": inner, "next": 'a "word"'}))
    read = json.loads(body)
    assert json.loads(read["arguments"]) == {"key": f"\n⟦redacted:{kind}⟧"}
    assert read["next"] == 'a "word"'


def test_a_private_key_that_is_cut_off_ends_with_the_text_it_stands_in() -> None:
    said = {"content": "-----BEGIN PRIVATE KEY-----\nMIIE", "finish": 'a "stop"'}
    assert json.loads(Redactor()(json.dumps(said))) == {
        "content": "⟦redacted:private-key⟧", "finish": 'a "stop"'}


def test_a_mark_cannot_be_forged_with_escapes() -> None:
    body = json.dumps({"content": "⟦redacted:jwt⟧"})
    assert json.loads(Redactor()(body)) == {"content": "[redacted:jwt]"}


@given(any_text)
def test_what_holds_no_secret_stays_the_same_json(text: str) -> None:
    for body in (json.dumps([text]), json.dumps(json.dumps([text]))):
        assert Redactor(["correct horse"])(body) == body


@given(hostile_text)
def test_a_mark_cannot_be_forged(text: str) -> None:
    forged = f"⟦redacted:{text}⟦redacted:github-token⟧⟧{text}⟦redacted:jwt⟧"
    assert marks_in(Redactor()(forged)) == []
    assert Redactor()("⟦redacted:jwt⟧") == "[redacted:jwt]"


@given(any_text)
def test_a_text_without_a_secret_is_left_as_it_is(text: str) -> None:
    assert Redactor(["correct horse"])(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nothing here.", ("held", "none")),
        ("Use ⟦redacted:github-token⟧.", ("broken", "found: github-token")),
        ("⟦redacted:jwt⟧⟦redacted:secret⟧⟦redacted:jwt⟧", ("broken", "found: jwt, secret")),
        ("[redacted:jwt]", ("held", "none")),
        ("⟦redacted:JWT⟧", ("held", "none")),
        (f"Use ghp_{A[:36]}.", ("broken", "found: github-token")),
        (f"鍵は\\nghp_{A[:36]}", ("broken", "found: github-token")),
    ],
)
def test_no_private_text_counts_the_marks(text: str, expected: tuple[str, str]) -> None:
    assert found("no-private-text", text) == expected


def test_a_token_that_the_body_spells_with_escapes_is_found_in_the_answer() -> None:
    body = Redactor()(json.dumps(f"ghp_{A[:36]}").replace("h", "\\u0068"))
    assert found("no-private-text", json.loads(body)) == ("broken", "found: github-token")


def test_a_megabyte_of_what_looks_like_starts_of_tokens_is_left_as_it_is() -> None:
    for start in ("eyJ-", "ghp_ ", "-----BEGIN A ", "sk- ", "xoxb- ", "⟦redacted:"):
        text = start * 250_000
        assert Redactor()(text) == text


SECRET = "hunter2+/ä geheim"


@given(st.binary(max_size=9), st.binary(max_size=9))
def test_a_secret_in_base64_is_replaced_wherever_it_stands(before: bytes, after: bytes) -> None:
    data = before + SECRET.encode() + after
    for encoded in (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()):
        shown = Redactor([SECRET])(f"Authorization: basic {encoded}")
        assert "⟦redacted:secret⟧" in shown
        left = shown.partition("basic ")[2].replace("⟦redacted:secret⟧", "")
        assert len(left) <= len(encoded) - len(SECRET.encode()) * 4 // 3 + 4


@pytest.mark.parametrize("form", [quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET)])
def test_a_secret_in_an_address_is_replaced(form: str) -> None:
    shown = Redactor([SECRET])(f"https://x.example/?key={form}&a=1")
    assert "hunter2" not in shown


def test_what_checkout_leaves_in_the_configuration_is_replaced() -> None:
    token = f"ghs_12345_eyJ{A}.eyJ{A}.{A}"
    header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    assert header[24:-4] not in Redactor([token])(f"AUTHORIZATION: basic {header}")


@by_kind
def test_a_secret_is_found_in_markdown_for_all_its_entities(kind: str, token: str) -> None:
    shown = Redactor()(for_markdown(f"the key is {token}", 2000))
    assert shown == f"<code>the key is ⟦redacted:{kind}⟧</code>"


def test_a_token_in_an_address_is_found_in_markdown() -> None:
    token = f"ghs_12345_eyJ{A}.eyJ{A}.{A}"
    shown = Redactor([token])(for_markdown(f"https://x-access-token:{token}@github.com", 2000))
    assert "⟦redacted:secret⟧" in shown
    assert A not in shown
