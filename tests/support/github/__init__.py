"""A strict, stateful stand-in for the part of GitHub's REST API that gatekeeper uses.

It is one repository with its pull requests, tokens, checks, rules, files and runs. Tests set its
facts, gatekeeper talks to it over HTTP, tests look at what came of it. Limits and refusals are
GitHub's. `server.GitHubStandIn` is the whole of it.
"""
