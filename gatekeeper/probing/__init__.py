"""Whether a service keeps its contract: what is sent to it, and what each answer means. Pure."""
