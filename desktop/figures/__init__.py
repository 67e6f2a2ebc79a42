"""Figures (数据): how the events of the village and of its town went, as charts. Never of persons."""
