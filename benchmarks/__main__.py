"""Run every benchmark and print one table: `make bench`."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # one thread for both sides, set before NumPy loads

from benchmarks import minimizer_path, simulation, surrogate_closed_form, workers

print(f"{'what':<58} {'ours':>10} {'peer':>10} {'ratio':>8} {'goal':>6}  peer; note")
for benchmark in (surrogate_closed_form, minimizer_path, simulation, workers):
    row = benchmark.row()
    times = f"{row.ours:>9.2e}s {row.peer:>9.2e}s {row.ratio:>8.3g} {row.goal:>6g}"
    print(f"{row.name:<58} {times}  {row.peer_name}; {row.note}", flush=True)
