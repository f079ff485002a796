"""What a run of the suite imports, claims included: forked processes have it from the start."""

import reports.terminal  # noqa: F401
from checks import catalogue, cluster, provenance, symbols, verdicts  # noqa: F401

catalogue.claims()
