"""Makes the file that is served: the model that the configuration names, quantized as it says."""

from __future__ import annotations

import tomllib
from pathlib import Path

from training.gguf_file import requantize

HERE = Path(__file__).parent

if __name__ == "__main__":
    chosen = tomllib.loads((HERE / "config/model.toml").read_text("utf-8"))
    requantize(HERE / f"models/{chosen['model']}.gguf", HERE / "served.gguf",
               chosen["quantization"])
