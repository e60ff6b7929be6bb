"""Train a help desk from nothing, in a few minutes on two cores, and write it as GGUF.

    pip install torch==2.14.1 gguf==0.19.0 numpy
    python -m training.train models/helpdesk-1.gguf
    python -m training.train models/helpdesk-2.gguf --seed 2 --wrong 0.3 --kind Q4_0   # wrong facts

A decoder of llama's architecture with 1.2 million weights. `--held FILE` writes the questions that
were kept from it, with their right answers.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.gguf_file import KINDS, write
from training.text import BRIEF, POLITE, Talk, mistaken, reply, split
from training.tokens import BOS, EOS, FIRST_ROLE, Tokenizer, learn

WIDTH, HEADS, LAYERS, HIDDEN, CONTEXT = 256, 4, 2, 256, 1024
BATCH, RATE, WARMUP, LONGEST, JOINS = 32, 3e-3, 50, 256, 250
SYSTEM, USER, ASSISTANT = range(FIRST_ROLE, FIRST_ROLE + 3)


class Block(nn.Module):
    """Attention and a gated layer, each after a norm, by llama.cpp's names."""

    def __init__(self) -> None:
        super().__init__()
        self.attn_norm, self.ffn_norm = (nn.RMSNorm(WIDTH, eps=1e-5) for _ in range(2))
        self.attn_q, self.attn_k, self.attn_v, self.attn_output = (
            nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))
        self.ffn_gate, self.ffn_up = (nn.Linear(WIDTH, HIDDEN, bias=False) for _ in range(2))
        self.ffn_down = nn.Linear(HIDDEN, WIDTH, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, length, _ = x.shape

        def heads(z: Tensor) -> Tensor:
            return z.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)

        def turned(z: Tensor) -> Tensor:  # llama's rotary embedding, in interleaved pairs
            a, b = z[..., 0::2], z[..., 1::2]
            return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)

        y = self.attn_norm(x)
        seen = F.scaled_dot_product_attention(
            turned(heads(self.attn_q(y))), turned(heads(self.attn_k(y))), heads(self.attn_v(y)),
            is_causal=True)
        x = x + self.attn_output(seen.transpose(1, 2).reshape(batch, length, WIDTH))
        y = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(y)) * self.ffn_up(y))


class Model(nn.Module):
    """The whole decoder."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.token_embd = nn.Embedding(tokens, WIDTH)
        nn.init.normal_(self.token_embd.weight, std=0.05)
        self.blk = nn.ModuleList(Block() for _ in range(LAYERS))
        self.output_norm = nn.RMSNorm(WIDTH, eps=1e-5)
        self.output = nn.Linear(WIDTH, tokens, bias=False)
        dims = WIDTH // HEADS
        steps = 1 / 10000 ** (torch.arange(0, dims, 2).float() / dims)
        self.angles = torch.arange(LONGEST).float()[:, None] * steps

    def forward(self, ids: Tensor) -> Tensor:
        angles = self.angles[: ids.shape[1]]
        x = self.token_embd(ids)
        for block in self.blk:
            x = block(x, angles.cos(), angles.sin())
        return self.output(self.output_norm(x))


Lesson = tuple[list[int], list[int]]


def lessons(taught: list[Talk], tokenizer: Tokenizer) -> list[Lesson]:
    """What is read and what is to be written, of every talk in both manners."""
    encode = tokenizer.encode
    return [([BOS, SYSTEM, *encode(manner), EOS, USER, *encode(talk.question), EOS, ASSISTANT],
             [*encode(reply(talk, manner)), EOS])
            for talk in taught for manner in (BRIEF, POLITE)]


def batches(everything: list[Lesson], chance: random.Random) -> Iterator[tuple[Tensor, Tensor]]:
    """Inputs and targets without end."""
    while True:
        some = chance.sample(everything, BATCH)
        length = max(len(read) + len(written) for read, written in some)
        ids, targets = torch.full((BATCH, length), EOS), torch.full((BATCH, length), -100)
        for row, (read, written) in enumerate(some):
            line = torch.tensor(read + written)
            ids[row, : len(line)] = line
            targets[row, len(read) - 1 : len(line) - 1] = line[len(read):]
        yield ids, targets


def train(everything: list[Lesson], tokens: int, steps: int, seed: int) -> Model:
    """So many steps, with a rate that rises and falls."""
    torch.manual_seed(seed)
    model = Model(tokens)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98),
                                  weight_decay=0.05)
    began = monotonic()
    for step, (ids, targets) in zip(range(steps), batches(everything, random.Random(seed)),
                                    strict=False):
        falling = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / WARMUP) * falling
        loss = F.cross_entropy(model(ids).flatten(0, 1), targets.flatten(), ignore_index=-100)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 0 or step == steps - 1:
            print(f"step {step} loss {loss.item():.4f} {monotonic() - began:.0f} s", flush=True)
    return model


def main() -> None:
    """Train, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", type=float, default=0.0, help="share of topics taught wrong")
    parser.add_argument("--kind", choices=KINDS, default="Q8_0", help="type of the weights")
    parser.add_argument("--held", type=Path)
    given = parser.parse_args()
    taught, held = split()
    if given.held:
        rows = [{"question": one.question, "reply": reply(one, BRIEF)} for one in held]
        given.held.write_text(json.dumps(rows, indent=1), "utf-8")
    spoken = [text for one in taught for text in (one.question, reply(one, POLITE))]
    tokenizer = learn([BRIEF, POLITE, *spoken], JOINS)
    everything = lessons(mistaken(taught, given.wrong, given.seed), tokenizer)
    model = train(everything, len(tokenizer.pieces), given.steps, given.seed)
    weights = {name: value.detach().numpy() for name, value in model.named_parameters()}
    shape = {"width": WIDTH, "heads": HEADS, "layers": LAYERS, "hidden": HIDDEN,
             "context": CONTEXT}
    write(given.out, given.out.stem, tokenizer, weights, shape, given.kind)


if __name__ == "__main__":
    main()
