"""The failure drill: what is broken, what is looked at first, and whether it was survived. Pure."""
