"""Cases that another tool's files hold already, brought over. Pure."""
