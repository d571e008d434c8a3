"""One pipeline for every use: blocks go in, events, notes and snapshots come out."""
