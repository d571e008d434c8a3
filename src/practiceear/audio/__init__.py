"""The edge of the house: where sound comes in, as blocks of mono float32 samples."""
