"""Figures (数据): how the events of a village and of its town went, as charts; never of persons."""
