"""BuildKit's plain output, as two real clients wrote it on Docker 20.10, and one line hostile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.buildkit_output import Transcript

CAPTURED = Path(__file__).parent / "captured"
CLIENTS = ("docker-20.10", "docker-26.1-buildx-0.13")
ON_EACH = pytest.mark.parametrize("client", CLIENTS)


def heard(text: str) -> tuple[Transcript, list[str]]:
    """What a whole output says, and the steps as they began."""
    transcript = Transcript()
    return transcript, [step for line in text.split("\n") if (step := transcript.hear(line))]


def captured(client: str, what: str) -> tuple[Transcript, list[str]]:
    return heard((CAPTURED / f"{client}-{what}.txt").read_bytes().decode())


@ON_EACH
def test_a_build_that_ends(client: str) -> None:
    transcript, steps = captured(client, "built")
    assert sorted(steps) == ["step 1/2: FROM docker.io/library/python:3.12-slim",
                             "step 2/2: COPY a.txt /"]
    assert (transcript.words, transcript.failed_step, transcript.under_way) == ("", "", "")


@ON_EACH
def test_a_step_that_fails_is_named_with_its_last_lines(client: str) -> None:
    transcript, steps = captured(client, "step-fails")
    assert transcript.failed_step == ("step stage-1 3/4: RUN sleep 1; echo no such compiler >&2; "
                                      "exit 9")
    assert transcript.failed_step in steps
    assert transcript.words == "exit code 9"
    assert transcript.log.split("\n") == ["red", "30%", "#1 ERROR: forged", "half a line",
                                          "no such compiler"]


@ON_EACH
def test_a_base_image_that_is_not_there(client: str) -> None:
    transcript, steps = captured(client, "no-base")
    assert steps == []
    assert transcript.failed_step == ""
    assert transcript.words.startswith('failed to do request: Head "https://registry.invalid/v2/')
    assert transcript.words.endswith("no such host")


@ON_EACH
def test_a_dockerfile_that_is_not_understood(client: str) -> None:
    transcript, _ = captured(client, "not-parsed")
    assert transcript.words == "dockerfile parse error line 3: unknown instruction: ECHO"


def test_a_build_that_is_cut_off_knows_the_step_that_was_under_way() -> None:
    transcript, _ = captured("docker-20.10", "cut-off")
    assert transcript.under_way == "step 2/2: RUN sleep 4"
    assert transcript.words == ""


def test_no_engine_is_no_word_of_buildkit() -> None:
    transcript, _ = captured("docker-20.10", "no-engine")
    assert transcript.words == ""
    assert transcript.last_word.startswith("Cannot connect to the Docker daemon at ")


def test_while_only_the_base_image_is_fetched_no_step_is_under_way() -> None:
    transcript, _ = heard("#1 [internal] load metadata for x\n#2 [a 1/2] FROM x\n#2 resolve x\n")
    assert transcript.under_way == ""


def test_a_newer_client_shows_the_dockerfile_again_before_its_last_word() -> None:
    transcript, _ = heard(
        "#5 [2/2] RUN make\n#5 0.2 no rule\n#5 ERROR: process \"/bin/sh -c make\" did not complete "
        "successfully: exit code: 2\n------\n > [2/2] RUN make:\n0.2 no rule\n------\n"
        "Dockerfile:2\n--------------------\n   1 |     FROM x\n   2 | >>> RUN make\n"
        "--------------------\nERROR: failed to solve: process \"/bin/sh -c make\" did not "
        "complete successfully: exit code: 2\n\nView build details: desktop://x\n")
    assert transcript.words == "exit code 2"
    assert transcript.failed_step == "step 2/2: RUN make"
    assert transcript.last_word.startswith("ERROR: failed to solve: process")


def test_the_first_failure_is_told_not_what_it_took_down() -> None:
    transcript, _ = heard("#5 [a 1/1] RUN a\n#6 [b 1/1] RUN b\n#6 ERROR: b broke\n#5 ERROR: x\n")
    assert (transcript.failed_step, transcript.words) == ("step b 1/1: RUN b", "b broke")


def test_a_step_whose_name_comes_again_has_begun_once() -> None:
    _, steps = heard("#5 [a 1/1] RUN a\n#6 [b 1/1] RUN b\n#6 ...\n#5 [a 1/1] RUN a\n#5 DONE 1s\n")
    assert steps == ["step a 1/1: RUN a", "step b 1/1: RUN b"]


@given(st.text(st.characters(blacklist_characters="\n"), max_size=80))
def test_what_a_step_writes_speaks_for_nobody(text: str) -> None:
    transcript, steps = heard(f"#5 [2/3] RUN x\n#5 0.100 {text}\n")
    assert steps == ["step 2/3: RUN x"]
    assert (transcript.words, transcript.under_way) == ("", "step 2/3: RUN x")


@given(st.text(max_size=200))
def test_nothing_that_is_written_stops_it(text: str) -> None:
    transcript, _ = heard(text)
    assert isinstance(transcript.words + transcript.log + transcript.last_word, str)
