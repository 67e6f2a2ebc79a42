"""The program a village cadre runs: records on this PC at once, synced when there is a line."""
