"""Where a model ran: what that owes, what it cannot know, and what the runbook must hold."""
