"""From a proven commit to a tag and a release on GitHub, and back to the release before."""
