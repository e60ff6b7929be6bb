"""Which commands of a README are typed, and in which order."""

from __future__ import annotations

from hypothesis import given

from gatekeeper.routes.rehearsal import blocks_in
from tests.support.builders import hostile_text

TEXT = """# Assistant

## How to stop

~~~bash
stop it
~~~

### Roll back

```
go back
```

## How to run

```json
{"not": "typed"}
```

```console
$ build it
built
$ start it
```

### Run the tests of a run

```sh
still how to run
```

## Test it

    indented

```sh
# a comment
test it
```

## Background

```sh
never
```
"""


def test_run_before_test_before_stop_each_with_its_line() -> None:
    assert [(one.stage, one.line, one.commands) for one in blocks_in(TEXT)] == [
        ("run", 22, "build it\n\nstart it"), ("run", 30, "still how to run"),
        ("test", 38, "# a comment\ntest it"), ("stop", 6, "stop it"), ("stop", 12, "go back")]


def test_running_tests_is_testing() -> None:
    assert [one.stage for one in blocks_in("# Run the tests\n```\nx\n```\n")] == ["test"]


@given(hostile_text)
def test_any_text_has_blocks_or_none(text: str) -> None:
    blocks_in(f"# run\n```\n{text}\n```\n{text}")
