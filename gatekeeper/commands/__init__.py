"""One module a command: wires the world to the pipeline and turns a judgement into an exit code."""
