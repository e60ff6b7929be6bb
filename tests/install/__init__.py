"""Tests: install."""
