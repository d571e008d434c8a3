"""How the fixture takes are rendered: single notes in, takes with exact truth out."""
