"""The party (党建) in the grids: who belongs where, what was promised and done. No ranking."""
