"""`report.html`: one file that opens from disk, asks nothing of the network, and runs no text."""
