"""``python -m revenuer`` is the program ``revenuer``."""

import sys

from revenuer.cli import main

if __name__ == "__main__":
    sys.exit(main())
