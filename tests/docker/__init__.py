"""Stories on a real Docker engine."""
