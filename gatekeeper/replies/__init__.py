"""A reply on its way in: from bytes to the form that is stored. Pure."""
