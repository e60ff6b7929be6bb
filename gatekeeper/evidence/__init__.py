"""The evidence pack on disk."""
