"""The village's end of the line."""
