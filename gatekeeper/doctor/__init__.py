"""What a run needs of a machine, and whether it is there."""
