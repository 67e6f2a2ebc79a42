"""``python -m sync.server VERB``: see ``cli``."""

import os
import sys

from sync.server.cli import main

if __name__ == "__main__":
    # The data folder holds residents' data: nobody else on the machine reads it.
    os.umask(0o077)
    sys.exit(main())
