"""Tests: github."""
