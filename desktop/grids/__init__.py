"""Grids (网格): the village's tree, who is counted where, and how grids are divided and merged.

``service`` is what one may do with grids. Beneath it: ``tree`` and ``counting`` (what there is),
``members`` (who is in a grid), ``changing`` (dividing, merging, closing: one transaction each).
``page`` shows it: ``tree_model`` and ``tree_view`` the tree, ``divide_panel`` and ``move_panel``
what is done to it.
"""
