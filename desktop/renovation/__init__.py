"""Settlements (集中居住区) and how far their renewal has come."""
