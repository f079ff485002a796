"""The networks: groups against networks on their own, sizes as published, and the smooth backward pass."""

import pytest
import torch
from torch.nn.functional import linear

from models.perceptron import TwoLayerClassifiers
from models.resnet import Activation, WideResNet


def parameters(model: torch.nn.Module) -> int:
    return sum(weights.numel() for weights in model.parameters())


def test_a_group_of_perceptrons_is_each_of_them_alone() -> None:
    group = TwoLayerClassifiers((3, 8), d=5, hidden=7, classes=3)
    x = torch.rand(2, 4, 5)
    for index, seed in enumerate((3, 8)):
        alone = TwoLayerClassifiers((seed,), d=5, hidden=7, classes=3)
        inner, bias, outer, outer_bias = (weights[0] for weights in alone.parameters())
        expected = linear(linear(x[index], inner.T, bias).relu(), outer.T, outer_bias)
        torch.testing.assert_close(group(x.flatten(0, 1)).reshape(2, 4, 3)[index], expected)


def test_perceptrons_start_uniform_with_the_bound_of_their_fan_in() -> None:
    inner, bias, outer, _ = (weights[0] for weights in TwoLayerClassifiers((0,), 784, 1024, 2).parameters())
    for weights, fan_in in ((inner, 784), (bias, 784), (outer, 1024)):
        bound = fan_in**-0.5
        assert bound * 0.99 < float(weights.detach().abs().max()) <= bound
        assert abs(float(weights.detach().mean())) < 6 * bound / (3 * weights.numel()) ** 0.5


@pytest.mark.parametrize(("depth", "width", "millions"), [(34, 1, 0.5), (34, 10, 46.2), (16, 4, 2.7)])
def test_wide_resnets_have_their_published_sizes(depth: int, width: int, millions: float) -> None:
    assert round(parameters(WideResNet(depth, width)) / 1e6, 1) == millions


def test_a_wide_resnet_of_depth_34_has_34_layers_with_weights_on_its_way() -> None:
    layers = [m for m in WideResNet(34, 1).modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    # Counted as its authors do: three 1 x 1 convolutions lie beside the way, and the name counts four layers besides
    # the blocks' 30: the first convolution, and one for the end of each group.
    beside = [m for m in layers if isinstance(m, torch.nn.Conv2d) and m.kernel_size == (1, 1)]
    assert len(layers) - len(beside) == 6 * 5 + 2


def test_a_wide_resnet_depends_on_its_seed_alone() -> None:
    x = torch.rand(2, 3, 32, 32)
    torch.manual_seed(0)
    one = WideResNet(10, 1, seed=4)(x)
    torch.manual_seed(1)
    torch.testing.assert_close(WideResNet(10, 1, seed=4)(x), one, rtol=0, atol=0)
    assert not torch.equal(WideResNet(10, 1, seed=5)(x), one)


def test_the_smooth_backward_pass_is_that_of_softplus_and_the_forward_pass_that_of_relu() -> None:
    x = torch.linspace(-1, 1, 41, dtype=torch.float64, requires_grad=True)
    (smooth,) = torch.autograd.grad(Activation(smooth_backward=True)(x).sum(), x)
    (expected,) = torch.autograd.grad(torch.nn.Softplus(beta=10)(x).sum(), x)
    torch.testing.assert_close(smooth, expected)
    assert torch.equal(Activation(smooth_backward=True)(x), x.relu())
    (plain,) = torch.autograd.grad(Activation(smooth_backward=False)(x).sum(), x)
    assert torch.equal(plain, (x > 0).double())


@pytest.mark.parametrize(("depth", "width"), [(33, 1), (4, 1), (16, 0)])
def test_sizes_that_no_wide_resnet_has_are_refused(depth: int, width: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        WideResNet(depth, width)
