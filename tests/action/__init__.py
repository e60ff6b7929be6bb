"""Tests: action."""
