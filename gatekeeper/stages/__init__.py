"""The stages in which services run. Each leaves what it found on disk."""
