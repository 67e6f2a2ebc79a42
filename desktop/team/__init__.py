"""The teams of grids (1+2+N): who stands on which seat, peacetime and emergency, and on what paper.

Who stands where follows from postings (``sync.records.teams``) for any day; nothing of it is
stored, and nobody is measured by it. ``occupancy`` reads it for many grids at once, ``service`` is
what one may do, ``roster`` makes the duty roster for paper; the other modules are the page:
``panel`` (the list of grids), ``board`` (one grid's seats), ``strip`` (what is in emergency),
``switching`` (the one dialog).
"""
