"""Audio input and output: files and devices, as blocks of mono float32 samples."""
