"""What the files of an evidence pack are called."""

from __future__ import annotations

RUN = "run.json"
RESULTS = "eval_results.jsonl"
WARMUP = "warmup.jsonl"
"""Requests of before the clock counted: as the results, and no case's."""
LIVENESS = "liveness.jsonl"
"""Replies beside the cases, asked to see whether the change shows; nothing else judges them."""
TESTIMONY = "testimony.jsonl"
"""What a judge model, embeddings and own checks said of the replies."""
JUDGEMENT = "judgement.jsonl"
VERDICT = "verdict.json"
CASES = "eval_cases.csv"
CONTRACT = "api_contract.json"
PROBES = "contract_probes.json"
"""What was seen of each probe of the contract."""
SMOKE = "api_smoke_test.json"
SHUTDOWN = "shutdown_proof.json"
DRILL = "failure_drill.json"
RECOVERY = "recovery.md"
"""What a person does when it happens, out of the drill."""
ENVIRONMENT = "environment.json"
TABLE = "failure_table.md"
JUNIT = "junit.xml"
PAGE = "report.html"
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
ROLLBACKS = "rollbacks"
"""Folder of the replies of each drill's rollback, as the results; a file a failure."""
DOCUMENTS = "documents"
"""README and notes of head; `index.json` says where each stands."""
ROUTE = "route.json"
"""What head's tree shows of where its model ran."""
HISTORY = "history.json"
"""What the packs of earlier runs say was tried, and what failed."""
SHARDS = "shards"
"""Of a pack that was merged: a folder a shard, with the facts that are its own."""
FOLDERS = (POLICY, SOURCES, PROMPTS, ROLLBACKS, DOCUMENTS, SHARDS)
OURS = (
    RUN,
    RESULTS,
    WARMUP,
    LIVENESS,
    TESTIMONY,
    JUDGEMENT,
    VERDICT,
    CASES,
    CONTRACT,
    PROBES,
    SMOKE,
    SHUTDOWN,
    ENVIRONMENT,
    DRILL,
    RECOVERY,
    TABLE,
    JUNIT,
    PAGE,
    README,
    ROUTE,
    HISTORY,
    STATEMENT,
    MANIFEST,
)
DERIVED = (JUDGEMENT, VERDICT, TABLE, JUNIT, CASES, CONTRACT, RECOVERY, README, PAGE, STATEMENT,
           MANIFEST)
"""Made from the rest of the pack, in the order in which a difference tells most."""
MAX_SOURCE = 2_000_000
"""Bytes of one source file; larger ones are not text that an answer quotes."""
