"""Grids (网格): general, micro and exclusive."""
