"""What the files of an evidence pack are called."""

from __future__ import annotations

RUN = "run.json"
RESULTS = "eval_results.jsonl"
WARMUP = "warmup.jsonl"
"""Requests of before the clock counted: as the results, and no case's."""
TESTIMONY = "testimony.jsonl"
"""What a judge model, embeddings and own checks said of the replies."""
JUDGEMENT = "judgement.jsonl"
VERDICT = "verdict.json"
CASES = "eval_cases.csv"
CONTRACT = "api_contract.json"
SMOKE = "api_smoke_test.json"
SHUTDOWN = "shutdown_proof.json"
ENVIRONMENT = "environment.json"
TABLE = "failure_table.md"
JUNIT = "junit.xml"
README = "README.md"
"""The runbook as released, made from the manifest and this evidence."""
STATEMENT = "statement.json"
"""What an attestation of this pack says; made from the sealed pack, and so not part of the seal."""
MANIFEST = "manifest.json"
POLICY = "policy"
OWN_FILES = "own_checks"
"""Below a side's policy: its own checks' files."""
SOURCES = "sources"
PROMPTS = "prompts"
"""What each side's service is told before it is asked; `index.json` says where it stands."""
FOLDERS = (POLICY, SOURCES, PROMPTS)
OURS = (RUN, RESULTS, WARMUP, TESTIMONY, JUDGEMENT, VERDICT, CASES, CONTRACT, SMOKE, SHUTDOWN,
        ENVIRONMENT, TABLE, JUNIT, README, STATEMENT, MANIFEST)
DERIVED = (JUDGEMENT, VERDICT, TABLE, JUNIT, CASES, README, STATEMENT, MANIFEST)
"""Made from the rest of the pack, in the order in which a difference tells most."""
MAX_SOURCE = 2_000_000
"""Bytes of one source file; larger ones are not text that an answer quotes."""
