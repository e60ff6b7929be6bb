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
MANIFEST = "manifest.json"
POLICY = "policy"
OWN_FILES = "own_checks"
"""Below a side's policy: its own checks' files."""
SOURCES = "sources"
PROMPTS = "prompts"
"""What each side's service is told before it is asked; `index.json` says where it stands."""
SHARDS = "shards"
"""Of a pack that was merged: a folder a shard, with the facts that are its own."""
FOLDERS = (POLICY, SOURCES, PROMPTS, SHARDS)
OURS = (RUN, RESULTS, WARMUP, TESTIMONY, JUDGEMENT, VERDICT, CASES, CONTRACT, SMOKE, SHUTDOWN,
        ENVIRONMENT, TABLE, JUNIT, MANIFEST)
MAX_SOURCE = 2_000_000
"""Bytes of one source file; larger ones are not text that an answer quotes."""
