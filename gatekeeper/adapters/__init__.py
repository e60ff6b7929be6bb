"""The world: git, Docker, processes, HTTP, GitHub's runner. Nothing here decides anything."""
