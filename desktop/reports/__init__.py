"""Excel in and out: reading registers as offices keep them, writing sheets they can print."""
