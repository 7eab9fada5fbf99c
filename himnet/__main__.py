"""`python -m himnet`."""

import sys

from himnet.cli import main

if __name__ == "__main__":
    sys.exit(main())
