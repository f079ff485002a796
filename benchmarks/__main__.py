"""Run every benchmark and print one table: `make bench`."""

import os
from collections.abc import Iterator

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # one thread for both sides, set before NumPy loads

from benchmarks import (
    figure_three,
    linear_minimizer,
    minimizer_path,
    page,
    proportional,
    simulation,
    surrogate_closed_form,
    two_layer,
    workers,
)
from benchmarks.timing import Row


def rows() -> Iterator[Row]:
    """Every line of the table, as it is measured."""
    for benchmark in (surrogate_closed_form, minimizer_path, simulation, figure_three):
        yield benchmark.row()
    yield from proportional.rows()
    yield from two_layer.rows()
    yield from linear_minimizer.rows()
    yield from page.rows()
    yield workers.row()


print(f"{'what':<62} {'ours':>10} {'peer':>10} {'ratio':>8} {'goal':>6}  peer; note")
for row in rows():
    times = f"{row.ours:>9.2e}s {row.peer:>9.2e}s {row.ratio:>8.3g} {row.goal:>6g}"
    print(f"{row.name:<62} {times}  {row.peer_name}; {row.note}", flush=True)
