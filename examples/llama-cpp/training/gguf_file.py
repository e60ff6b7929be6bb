"""A model as a GGUF file that llama.cpp loads, and the same file quantized harder.

    python -m training.gguf_file FROM TO Q4_0
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf

from training.tokens import BOS, EOS, FIRST_PIECE, Tokenizer

TERNARY = "TQ2_0 - 2.06 bpw ternary"
KINDS = {"Q8_0": gguf.GGMLQuantizationType.Q8_0, "Q4_0": gguf.GGMLQuantizationType.Q4_0,
         TERNARY: gguf.GGMLQuantizationType.TQ2_0}
"""Eight bits a weight, four, and three values a weight, by the names that the server reports."""
_FILE_TYPES = {"Q8_0": 7, "Q4_0": 2, TERNARY: 37}
"""`enum llama_ftype` of llama.cpp's llama.h."""
_KEPT = ("token_embd.weight", "output.weight")
"""Stay at four bits or more, as in llama.cpp's own mixes."""
TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}")


def _kind(number: int) -> gguf.TokenType:
    if number == 0:
        return gguf.TokenType.UNKNOWN
    if number < 3 or FIRST_PIECE > number >= 259:
        return gguf.TokenType.CONTROL
    return gguf.TokenType.BYTE if number < 259 else gguf.TokenType.NORMAL


def write(place: Path, name: str, tokenizer: Tokenizer, weights: Mapping[str, Any],
          shape: Mapping[str, int], kind: str) -> None:
    """Weights by llama.cpp's names; `shape`: width, hidden, layers, heads, context."""
    file = gguf.GGUFWriter(place, "llama")
    file.add_name(name)
    file.add_context_length(shape["context"])
    file.add_embedding_length(shape["width"])
    file.add_block_count(shape["layers"])
    file.add_feed_forward_length(shape["hidden"])
    file.add_head_count(shape["heads"])
    file.add_head_count_kv(shape["heads"])
    file.add_layer_norm_rms_eps(1e-5)
    file.add_rope_dimension_count(shape["width"] // shape["heads"])
    file.add_rope_freq_base(10000.0)
    file.add_vocab_size(len(tokenizer.pieces))
    file.add_file_type(_FILE_TYPES[kind])
    file.add_tokenizer_model("llama")
    file.add_token_list([piece.encode() for piece in tokenizer.pieces])
    file.add_token_scores(list(tokenizer.scores))
    file.add_token_types([int(_kind(number)) for number in range(len(tokenizer.pieces))])
    file.add_bos_token_id(BOS)
    file.add_eos_token_id(EOS)
    file.add_unk_token_id(0)
    file.add_add_bos_token(True)
    file.add_add_eos_token(False)
    file.add_add_space_prefix(False)
    file.add_chat_template(TEMPLATE)
    for tensor, value in weights.items():
        if value.ndim == 1:
            file.add_tensor(tensor, value.astype("float32"))
        else:
            type_ = KINDS["Q4_0" if kind == TERNARY and tensor in _KEPT else kind]
            packed = gguf.quants.quantize(value.astype("float32"), type_)
            file.add_tensor(tensor, packed, raw_dtype=type_)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def requantize(before: Path, after: Path, kind: str) -> None:
    """The same model with its matrices in another type."""
    read = gguf.GGUFReader(before)

    def number(key: str) -> int:
        return int(read.fields[f"llama.{key}"].contents())

    shape = {"context": number("context_length"), "width": number("embedding_length"),
             "layers": number("block_count"), "hidden": number("feed_forward_length"),
             "heads": number("attention.head_count")}
    weights = {one.name: gguf.quants.dequantize(one.data, one.tensor_type)
               for one in read.tensors}
    pieces = read.fields["tokenizer.ggml.tokens"].contents()
    scores = read.fields["tokenizer.ggml.scores"].contents()
    write(after, str(read.fields["general.name"].contents()), Tokenizer(pieces, scores), weights,
          shape, kind)


if __name__ == "__main__":
    requantize(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
