"""Answers customers' questions about refunds, out of the policy notes, with a model behind vLLM."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import yaml
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

VLLM_BASE_URL = os.environ.get("VLLM_BASE_URL", "http://localhost:8001/v1")
CONFIG = yaml.safe_load(Path("config/model.yaml").read_text())
SYSTEM = Path("prompts/system.txt").read_text()
NOTES = "\n\n".join(f"[{note.stem}]\n{note.read_text()}"
                    for note in sorted(Path("policies").glob("*.md")))

app = FastAPI(title="refund assistant")


class AskRequest(BaseModel):
    question: str = Field(..., max_length=4000, examples=["How long do refunds take?"])
    max_tokens: int = Field(256, ge=1, le=256)


class AskResponse(BaseModel):
    answer: str
    model: str


@app.exception_handler(RequestValidationError)
async def refused(request: Request, error: RequestValidationError) -> JSONResponse:
    message = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return JSONResponse({"error": {"message": message}}, status_code=422)


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/ask")
async def ask(request: AskRequest) -> AskResponse:
    body = {
        "model": CONFIG["model"],
        "messages": [{"role": "system", "content": f"{SYSTEM}\n\n{NOTES}"},
                     {"role": "user", "content": request.question}],
        "max_tokens": request.max_tokens,
        **CONFIG["decoding"],
    }
    async with httpx.AsyncClient(timeout=20) as client:
        reply = await client.post(f"{VLLM_BASE_URL}/chat/completions", json=body)
        reply.raise_for_status()
    said = reply.json()
    return AskResponse(answer=said["choices"][0]["message"]["content"], model=said["model"])
