"""What the window is made of: these know fields, never features."""
