"""How the example's models are made: the text, the network, the file. None of it is in the image
that serves, but for `gguf_file`, which the build quantizes with."""
