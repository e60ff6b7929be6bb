"""The fixed cases: their file, how they are asked, and how often."""
