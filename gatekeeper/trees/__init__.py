"""Which trees are judged, what they are made of, and what changed between them."""
