"""Batch norm over the rows of all processes: with it two of them learn what one does of the same rows."""

from __future__ import annotations

from typing import Any

import torch
from torch import distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm

from faceshards.models.trained import Net


def across_ranks(net: Net) -> Net:
    """The net, whose batch norms use the rows of all processes. Names of weights stay."""
    if next(net.parameters()).device.type == "cuda":
        return nn.SyncBatchNorm.convert_sync_batchnorm(net)
    for module in list(net.modules()):
        for name, child in module.named_children():
            if isinstance(child, _BatchNorm) and not isinstance(child, BatchNormAcrossRanks):
                setattr(module, name, BatchNormAcrossRanks.of(child))
    return net


class BatchNormAcrossRanks(_BatchNorm):
    """Batch norm of (N, C, ...) over all processes' rows, on a CPU; `nn.SyncBatchNorm` is for GPUs only."""

    @classmethod
    def of(cls, norm: _BatchNorm) -> BatchNormAcrossRanks:
        """One with the very weights and buffers of another."""
        made = cls(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats)
        made._parameters, made._buffers, made.training = norm._parameters, norm._buffers, norm.training
        return made

    def _check_input_dim(self, input: torch.Tensor) -> None:
        """Any (N, C, ...) will do."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """The normed rows; in training the running statistics move on, as `nn.BatchNorm2d`'s do."""
        if not self.training or self.momentum is None:
            return super().forward(input)
        dims = [0, *range(2, input.ndim)]
        shape = [1, -1, *[1] * (input.ndim - 2)]
        count = torch.full((1,), input.numel() / input.shape[1])
        sums = _Sum.apply(torch.cat([input.sum(dims), count]))
        mean, rows = sums[:-1] / sums[-1], sums[-1].detach()
        centred = input - mean.view(shape)
        variance = _Sum.apply(centred.square().sum(dims)) / rows
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(variance.detach() * rows / (rows - 1), self.momentum)
        normed = centred * (variance + self.eps).rsqrt().view(shape)
        return normed if self.weight is None else normed * self.weight.view(shape) + self.bias.view(shape)


class _Sum(torch.autograd.Function):
    """The sum over all processes; each one's loss depends on it, so gradients are summed, too."""

    @staticmethod
    def forward(ctx: Any, values: torch.Tensor) -> torch.Tensor:
        return _summed(values)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        return _summed(gradients[0])


def _summed(values: torch.Tensor) -> torch.Tensor:
    values = values.clone()
    distributed.all_reduce(values)
    return values
