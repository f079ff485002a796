"""`python -m models.training` is `advtheory train`; torchrun starts it so."""

import sys

from models.training.command import main

if __name__ == "__main__":
    sys.exit(main())
