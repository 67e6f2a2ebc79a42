"""The party (党建) in the grids: who belongs where, what was promised, what was done. No ranking."""
