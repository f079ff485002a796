"""How `advtheory verify --cluster` scales on one worker, two and so on, and what a model says of more.

T(N) = start + max(work / N + batches * overhead, longest task), as connecting and importing come first, client and
scheduler handle one batch at a time, and no task is divided. Work is the sum of the tasks' times on one worker.

`python -m benchmarks.cluster [-k TEXT] [--workers 1,2]`; claims whose name holds TEXT, on processes of this machine.
"""

import argparse
import json
import time
from dataclasses import dataclass

from checks import catalogue
from checks.claim import BUDGETS
from checks.cluster import Cluster, ask, batches
from checks.codec import encode
from checks.task_process import Request
from checks.tasks import Task, key, tasks

QUICK = BUDGETS["quick"]
EMPTY = 400
FURTHER = (8, 32, 128, 512)  # workers that the model is asked about


@dataclass(frozen=True)
class Model:
    """Seconds: to connect and import, of all tasks on one worker, of a batch without tasks, of the longest task."""

    start: float
    work: float
    batches: int
    overhead: float
    longest: float

    def seconds(self, workers: int) -> float:
        """How long a run takes."""
        return self.start + max(self.work / workers + self.batches * self.overhead, self.longest)

    def __str__(self) -> str:
        """The formula with its numbers, and what it says of FURTHER workers."""
        further = ", ".join(f"{workers}: {self.seconds(workers):.0f} s" for workers in FURTHER)
        return (
            f"T(N) = {self.start:.1f} + max({self.work:.1f} / N + {self.batches} * {self.overhead:.4f}, "
            f"{self.longest:.1f}) seconds; {further}"
        )


def start(cluster: Cluster) -> float:
    """Seconds until every worker has a process that has imported the claims."""
    begun = time.perf_counter()
    first = Task(catalogue.claims()[0].id, catalogue.claims()[0].checks[0].name)
    request = json.dumps(encode(Request((first,), QUICK, key(QUICK))))
    client = cluster._client
    client.gather([client.submit(ask, request, pure=False, workers=[w]) for w in client.scheduler_info()["workers"]])
    return time.perf_counter() - begun


def overhead(cluster: Cluster) -> float:
    """Seconds that a batch without tasks takes of client, scheduler and worker."""
    request = json.dumps(encode(Request((), QUICK, key(QUICK))))
    client = cluster._client
    begun = time.perf_counter()
    client.gather([client.submit(ask, request, pure=False) for _ in range(EMPTY)])
    return (time.perf_counter() - begun) / EMPTY


def main() -> None:
    """Print a line for every number of workers: measured, and by the model of the first one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("-k", default="")
    options.add_argument("--workers", type=lambda text: [int(n) for n in text.split(",")], default=[1, 2])
    chosen = options.parse_args()
    wanted = list(tasks(claim for claim in catalogue.claims() if chosen.k in claim.id))
    times: dict[str, float] = {}
    model: Model | None = None
    for workers in chosen.workers:
        begun = time.perf_counter()
        with Cluster(f"local[{workers}]") as cluster:
            connecting = time.perf_counter() - begun
            starting, empty = start(cluster), overhead(cluster)
            begun = time.perf_counter()
            pieces = list(cluster.run(wanted, QUICK, times))
            running = time.perf_counter() - begun
        work = sum(sum(piece.times.values()) for piece in pieces)
        count = len(batches(wanted, times))
        print(
            f"{workers} workers: {connecting:.1f} s to connect, {starting:.1f} s to import, "
            f"{empty * 1e3:.1f} ms a batch of none; "
            f"{len(wanted)} tasks in {count} batches: {running:.1f} s for {work:.1f} s of work, "
            f"{work / workers / running:.0%} of {workers} cores, {connecting + starting + running:.1f} s in all"
            + (f", {model.seconds(workers):.1f} s by the model" if model else ""),
            flush=True,
        )
        longest = max(sum(piece.times.values()) for piece in pieces)
        model = model or Model(connecting + starting, work, count, empty, longest)
        times = {name: seconds for piece in pieces for name, seconds in piece.times.items()}
    print(model)


if __name__ == "__main__":
    main()
