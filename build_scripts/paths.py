"""Where things lie in the source tree."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
FROZEN = BUILD / "frozen"
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
