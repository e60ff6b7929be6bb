raise SystemExit("config is broken")
