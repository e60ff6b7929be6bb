"""Whose policy judges, what a change does to it, and who accepted that."""
