"""Tile servers that ours is compared with: what runs in their environments, and how to ask them."""
