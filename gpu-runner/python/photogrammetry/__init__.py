"""Photos to a textured model. See README.md."""
