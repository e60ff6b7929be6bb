"""A service under judgement: what it promised, whether it is up, and what it answers first."""
