"""``python -m desktop``: without a verb the window, with one the program without a screen."""

import sys

from desktop.cli import main

if __name__ == "__main__":
    sys.exit(main())
