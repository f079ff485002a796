"""Wide residual networks (Zagoruyko and Komodakis 2016), with the smooth backward pass of Xie et al. (2020)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

SOFTPLUS_BETA = 10.0
WIDTHS = (16, 32, 64)  # of the three groups of blocks, times the network's width


class _SmoothBackward(torch.autograd.Function):
    """ReLU with the derivative of Softplus(β = 10), which is the logistic function of βx."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.relu()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return gradient * torch.sigmoid(SOFTPLUS_BETA * x)


class Activation(nn.Module):
    """ReLU; with `smooth_backward` its derivative is that of Softplus with β = 10."""

    def __init__(self, smooth_backward: bool) -> None:
        super().__init__()
        self.smooth_backward = smooth_backward

    def forward(self, x: Tensor) -> Tensor:
        """max(x, 0), elementwise."""
        if self.smooth_backward:
            result: Tensor = _SmoothBackward.apply(x)  # type: ignore[no-untyped-call]
            return result
        return x.relu()


class Block(nn.Module):
    """x + conv(act(norm(conv(act(norm(x)))))), with a 1 x 1 convolution on the way past where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int, smooth_backward: bool) -> None:
        super().__init__()
        self.changes = stride != 1 or inputs != outputs
        self.normalise = nn.BatchNorm2d(inputs)
        self.first = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.normalise_again = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.past = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if self.changes else nn.Identity()
        self.activate = Activation(smooth_backward)

    def forward(self, x: Tensor) -> Tensor:
        """The block's output, (N, outputs, H/stride, W/stride)."""
        active = self.activate(self.normalise(x))
        inner = self.second(self.activate(self.normalise_again(self.first(active))))
        result: Tensor = self.past(active if self.changes else x) + inner
        return result


class WideResNet(nn.Module):
    """WRN-depth-width: depth = 6 N + 4 layers in three groups of N blocks with 16, 32 and 64 times `width` channels.

    34-1 is the paper's ResNet-34, 34-10 the network of its tables. Inputs are (N, channels, H, W) pixels in [0, 1],
    centred and scaled by the constants `mean` and `std` inside, so that attacks act on pixels. Weights are drawn from
    `seed` (He et al. 2015, fan-out). Raises ValueError for a depth that is not 6 N + 4 or a width below 1.
    """

    def __init__(
        self,
        depth: int,
        width: int,
        classes: int = 10,
        channels: int = 3,
        smooth_backward: bool = False,
        seed: int = 0,
        mean: tuple[float, ...] = (0.5,),
        std: tuple[float, ...] = (0.25,),
    ) -> None:
        super().__init__()
        if depth < 10 or (depth - 4) % 6:
            raise ValueError(f"depth must be 6 N + 4 with N >= 1, got {depth}")
        if width < 1:
            raise ValueError(f"width must be at least 1, got {width}")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._build((depth - 4) // 6, width, classes, channels, smooth_backward)
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(mean).reshape(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).reshape(1, -1, 1, 1))
        self.group = 1

    def _build(self, blocks: int, width: int, classes: int, channels: int, smooth_backward: bool) -> None:
        self.enter = nn.Conv2d(channels, WIDTHS[0], 3, padding=1, bias=False)
        layers: list[nn.Module] = []
        inputs = WIDTHS[0]
        for index, outputs in enumerate(width * w for w in WIDTHS):
            for block in range(blocks):
                stride = 2 if index > 0 and block == 0 else 1
                layers.append(Block(inputs, outputs, stride, smooth_backward))
                inputs = outputs
        self.blocks = nn.Sequential(*layers)
        self.normalise, self.activate = nn.BatchNorm2d(inputs), Activation(smooth_backward)
        self.leave = nn.Linear(inputs, classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                fan_out = layer.kernel_size[0] * layer.kernel_size[1] * layer.out_channels
                nn.init.normal_(layer.weight, 0.0, math.sqrt(2 / fan_out))
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, classes) of images (N, channels, H, W)."""
        hidden = self.activate(self.normalise(self.blocks(self.enter((x - self.mean) / self.std))))
        logits: Tensor = self.leave(functional.adaptive_avg_pool2d(hidden, 1).flatten(1))
        return logits
