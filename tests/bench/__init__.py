"""Speed, measured as ratios against a floor in the same run. Run by ``dev.py bench [NAME]``."""
