"""Residents (居民): who lives in the village; registers come in and go out."""
