"""A whole county by seed: every village's PC filled as cadres would have, and synced for real."""
