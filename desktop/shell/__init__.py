"""The frame of the window: unlock, navigation, search, sync button, status sentence."""
