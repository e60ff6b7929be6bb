"""From attempts on disk to one verdict."""
