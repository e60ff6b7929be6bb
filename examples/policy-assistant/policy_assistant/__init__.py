"""A small service that answers from policy notes with citations. No weights, no language model."""
