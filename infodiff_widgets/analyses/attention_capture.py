"""Recording the attention of image cells to words, while a network runs for whatever reason.

Cross-attention is read by hooks, through diffusers' own `Attention.get_attention_scores`, so that the network
computes as it always does. Where text and image attend jointly (SD3, FLUX) the maintained package
attention-map-diffusers reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from infodiff_widgets.errors import InfodiffError
from infodiff_widgets.extras import require

__all__ = ["AttentionSum", "recording"]

_JOINT = ("SD3Transformer2DModel", "FluxTransformer2DModel")


class AttentionSum:
    """A running mean of attention maps.

    Parameters
    ----------
    positions
        For each word, the places of its tokens.
    size
        (h, w) in latent cells.
    """

    def __init__(self, positions: Sequence[Sequence[int]], size: tuple[int, int]) -> None:
        self.size = size
        self._positions = [list(found) for found in positions]
        self._sum = torch.zeros((len(positions), *size), dtype=torch.float64)
        self._count = 0

    @property
    def maps(self) -> Tensor:
        """Mean over layers, heads, inputs and calls: (words, h, w) float64, each cell's share of attention.

        A word's tokens are averaged, as in DAAM (Tang et al., 2023).
        """
        if not self._count:
            raise InfodiffError("The network has no attention to text that could be read, or did not run.")
        return self._sum / self._count

    def add(self, shares: Tensor) -> None:
        """Add one layer.

        Parameters
        ----------
        shares : (inputs, cells, tokens)
            Attention of image cells to text tokens, averaged over heads.
        """
        inputs, cells, _ = shares.shape
        height = round((cells * self.size[0] / self.size[1]) ** 0.5)
        words = torch.stack([shares[..., found].float().mean(-1) for found in self._positions], 1)
        grid = words.sum(0, keepdim=True).reshape(1, len(self._positions), height, cells // height)
        self._sum += interpolate(grid, self.size, mode="bilinear", antialias=False)[0].double().cpu()
        self._count += inputs


@contextmanager
def recording(
    pipeline: Any, network: nn.Module, positions: Sequence[Sequence[int]], size: tuple[int, int]
) -> Iterator[AttentionSum]:
    """Add up what every call of the network attends to, within the block.

    All inputs of a call are taken to be under the prompt of the positions.

    Raises
    ------
    InfodiffError
        Where text and image attend jointly and attention-map-diffusers is not installed.
    """
    total = AttentionSum(positions, size)
    joint = type(getattr(network, "_orig_mod", network)).__name__ in _JOINT
    with _joint(pipeline, network, total) if joint else _cross(network, total):
        yield total


@contextmanager
def _cross(network: nn.Module, total: AttentionSum) -> Iterator[None]:
    def read(attention: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        hidden = args[0] if args else kwargs["hidden_states"]
        text = args[1] if len(args) > 1 else kwargs.get("encoder_hidden_states")
        if text is None:
            return
        total.add(_shares(attention, hidden, text, kwargs.get("attention_mask")))

    hooks = [
        module.register_forward_pre_hook(read, with_kwargs=True)
        for name, module in network.named_modules()
        if name.endswith("attn2") and hasattr(module, "get_attention_scores")
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def _shares(attention: Any, hidden: Tensor, text: Tensor, mask: Tensor | None) -> Tensor:
    """Return (inputs, cells, tokens), as diffusers' `AttnProcessor` has it, averaged over heads."""
    inputs = hidden.shape[0]
    if hidden.ndim == 4:
        hidden = hidden.flatten(2).transpose(1, 2)
    if attention.group_norm is not None:
        hidden = attention.group_norm(hidden.transpose(1, 2)).transpose(1, 2)
    if attention.norm_cross:
        text = attention.norm_encoder_hidden_states(text)
    mask = attention.prepare_attention_mask(mask, text.shape[1], inputs)
    query, key = (
        _heads(attention, layer(states), norm)
        for layer, states, norm in (
            (attention.to_q, hidden, attention.norm_q),
            (attention.to_k, text, attention.norm_k),
        )
    )
    scores = attention.get_attention_scores(query, key, mask)
    return scores.unflatten(0, (inputs, attention.heads)).mean(1)


def _heads(attention: Any, states: Tensor, norm: nn.Module | None) -> Tensor:
    split = states.unflatten(-1, (attention.heads, -1)).transpose(1, 2)
    return (split if norm is None else norm(split)).flatten(0, 1)


@contextmanager
def _joint(pipeline: Any, network: nn.Module, total: AttentionSum) -> Iterator[None]:
    require("attention", f"Maps of attention in {type(network).__name__} need", "attention_map_diffusers")
    from attention_map_diffusers import AttentionCapture  # pyright: ignore[reportMissingImports]

    capture = AttentionCapture(pipeline, relations="image->text", timesteps="all", mode="exact")

    def drain(*_: Any) -> None:
        for record in capture.records:
            total.add(record.data[:, 0])
        capture.clear()

    hook = network.register_forward_hook(drain)
    try:
        with capture:
            yield
    finally:
        hook.remove()
