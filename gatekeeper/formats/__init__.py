"""How things are written: values, rows, globs, units and versions. Pure."""
