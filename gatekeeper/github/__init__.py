"""What started a run, whose code it may run, and what is said on GitHub."""
