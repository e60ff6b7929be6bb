"""What the command line takes. Loads nothing that a command does."""
