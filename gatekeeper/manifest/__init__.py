"""`gatekeeper.yaml`: from text with positions to frozen values, and back spelled out."""
