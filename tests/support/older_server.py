"""A county that speaks only version 1: ``python -m tests.support.older_server VERB …``."""

from __future__ import annotations

import os
import sys

from sync.server import api, cli

if __name__ == "__main__":
    os.umask(0o077)
    vars(api)["VERSION"] = 1
    sys.exit(cli.main(sys.argv[1:]))
