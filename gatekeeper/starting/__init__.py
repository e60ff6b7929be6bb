"""What a service's repository holds already, and the first gate drafted from it. Pure.

One module reads one kind of file and says what stands where; `survey.py` puts them together,
`choices.py` decides, and the `draft_` modules write one file each.
"""
