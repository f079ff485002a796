"""`make bench-train`: images per second of adversarial training, beside a plain loop and the arithmetic limit.

The plain loop is what one writes with a library: foolbox's PGD with the same steps, and torch's SGD. The limit is the
rate at which the device multiplies matrices, in the trainer's precision, over the arithmetic that one image costs.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from collections.abc import Callable
from dataclasses import dataclass, replace

import foolbox
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.timing import in_turn, seconds
from models.training.batches import Samples, TrainingData
from models.training.experiments import EXPERIMENTS, Experiment, Network, Schedule
from models.training.state import start
from models.training.step import Step
from models.training.task import How, Task

MATRIX = {"cpu": 1024, "cuda": 8192}


@dataclass(frozen=True)
class Setting:
    """What is trained: an experiment with its network, and how many random images in a batch."""

    name: str
    experiment: Experiment
    shape: tuple[int, ...]
    images: int
    batch: int | None


def settings(device: torch.device) -> list[Setting]:
    """Figure 4's network and the convolutional ones that the device trains in seconds."""
    large = device.type == "cuda"
    resnets = [Network("wide_resnet", 1, 34, True), Network("wide_resnet", 4, 16), Network("wide_resnet", 10, 34)]
    found = [Setting("784-1024-2, n = 100, l2", EXPERIMENTS["fig4"], (784,), 100, None)]
    for network in resnets if large else resnets[:1]:
        chosen = replace(EXPERIMENTS["table1"], network=network)
        name = f"WRN-{network.depth}-{network.width}, 32 x 32, l2"
        found.append(Setting(name, chosen, (3, 32, 32), 1024 if large else 16, 128 if large else 16))
    return found


def prepared(setting: Setting, device: torch.device) -> tuple[Step, TrainingData]:
    """Our trainer on random images."""
    classes = 2 if setting.experiment.classes else 10
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (1, setting.images, *setting.shape), generator=generator, dtype=torch.uint8)
    labels = torch.arange(setting.images).remainder(classes)[None]
    samples = Samples(images.to(device), labels.to(device))
    data = TrainingData(samples, samples, samples)
    schedule = Schedule(1000, batch=setting.batch, augment=setting.batch is not None)
    arm = replace(setting.experiment.arms[-1], smoothing=0.0)
    chosen = replace(setting.experiment, schedule=schedule, arms=(arm,), cases=((),))
    task = Task(chosen, {}, ((arm.name, 0),))
    return Step(task, data, How(device), start(task, data, How(device))), data


def plain_loop(setting: Setting, step: Step, data: TrainingData) -> Callable[[], None]:
    """One epoch as one writes it with foolbox: float32 images, its PGD with a random start, torch's SGD."""
    attack, model = setting.experiment.attack, start(step.task, data, step.how).model
    pixels, labels = data.training.pixels, data.training.labels[0]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=2e-4)
    ascent = foolbox.attacks.L2ProjectedGradientDescentAttack(
        abs_stepsize=attack.step * attack.radius, steps=attack.steps, random_start=True
    )

    def epoch() -> None:
        order = torch.randperm(len(labels), device=labels.device)
        for rows in order.split(setting.batch or len(labels)):
            x, y = pixels[rows], labels[rows]
            guarded = foolbox.PyTorchModel(model.eval(), bounds=(0, 1), device=x.device)
            _, attacked, _ = ascent(guarded, x, y, epsilons=attack.radius)
            model.train()
            loss = torch.nn.functional.cross_entropy(model(attacked), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        _finished(labels)

    return epoch


def _finished(tensor: Tensor) -> None:
    if tensor.device.type == "cuda":
        torch.cuda.synchronize()


def matrix_rate(device: torch.device) -> float:
    """Floating-point operations a second of the device's matrix product, in the trainer's precision there."""
    size = MATRIX[device.type]
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    a, b = (torch.rand(size, size, device=device, dtype=dtype) for _ in range(2))

    def product() -> None:
        for _ in range(10):
            a @ b
        _finished(a)

    product()
    return 10 * 2 * size**3 / min(seconds(product) for _ in range(3))


def operations(setting: Setting, step: Step) -> float:
    """Floating-point operations of one image: 2 passes for each step of the attack, 3 for the gradient of the weights.

    A pass is the network's forward arithmetic, counted; the way back to the input, or to the weights, costs it again.
    """
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        step.state.model(torch.rand(8, *setting.shape, device=step.how.device))
    return (2 * setting.experiment.attack.steps + 3) * counter.get_total_flops() / 8


def main() -> None:
    """Print one line a network."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("high")
    rate = matrix_rate(device)
    print(
        f"{device.type}: matrix product {rate / 1e9:.0f} GFLOP/s; images a second of PGD-10 training, medians of three"
    )
    print(f"{'network':<26} {'ours':>9} {'foolbox loop':>13} {'ratio':>6} {'limit':>9} {'of limit':>9}")
    for setting in settings(device):
        step, data = prepared(setting, device)

        def ours(step: Step = step) -> None:
            step.epoch()
            _finished(step.smoothing)

        limit = rate / operations(setting, step)
        own, peer = (setting.images / taken for taken in in_turn(ours, plain_loop(setting, step, data)))
        print(f"{setting.name:<26} {own:>9.4g} {peer:>13.4g} {own / peer:>6.2f} {limit:>9.4g} {own / limit:>9.0%}")


if __name__ == "__main__":
    main()
