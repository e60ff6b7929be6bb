"""Checks: predicates on one reply. One module a family, one table from name to check.

A check sees only the stored form of a reply, and its outcome is a value: what was expected, what
was got, and where. It never raises for anything a service can say.
"""
