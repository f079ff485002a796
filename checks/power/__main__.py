"""`python -m checks.power`; nothing is imported here that a judge, for which this is the main module too, must not."""

import sys

if __name__ == "__main__":
    from checks.power.command import main

    sys.exit(main())
