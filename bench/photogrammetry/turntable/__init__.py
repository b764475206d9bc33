"""Photos of geometry made in Blender, with exact cameras and surface. Lengths in metres, z up."""
