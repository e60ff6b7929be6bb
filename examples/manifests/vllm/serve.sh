#!/bin/sh
# Reads the configuration that the manifest watches, and becomes the server, so that SIGTERM reaches it.
value() { sed -n "s/^$1: *//p" /config/model.yaml; }
exec python3 -m vllm.entrypoints.openai.api_server --host 0.0.0.0 --port "${PORT:-8000}" \
    --model "$(value weights)" --served-model-name "$(value model)" \
    --quantization "$(value quantization)" --max-model-len "$(value max_model_len)"
