"""What pictures cost on GPUs, on paper: ``python -m benchmarks.flops``.

The operations of one evaluation are counted on the real architectures, built from their published
configurations without weights or memory (PyTorch's meta device and its flop counter; a multiplication and an
addition are two). Everything else is an argument: how much of the card's peak is reached is an assumption.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

H100_PEAK = 989e12
"""bf16 operations per second of an H100 SXM, dense, as its maker states."""

SETS = {"COCO-IT, 6,927 rows": 6_927, "a million pictures": 1_000_000}


@dataclass(frozen=True)
class Model:
    """A network at a size.

    Attributes
    ----------
    name
        With the size of its pictures.
    cells
        Along one side of its latents.
    build, inputs
        The network, and the arguments of one evaluation.
    latent_channels
        Of its VAE.
    """

    name: str
    cells: int
    build: Callable[[], torch.nn.Module]
    inputs: Callable[[int], dict[str, Any]]
    latent_channels: int = 4


def unet_2_1() -> torch.nn.Module:
    """Return the UNet of Stable Diffusion 2.1."""
    from diffusers import UNet2DConditionModel

    settings: Any = {"cross_attention_dim": 1024, "attention_head_dim": (5, 10, 20, 20)}
    return UNet2DConditionModel(use_linear_projection=True, **settings)


def unet_xl() -> torch.nn.Module:
    """Return the UNet of SDXL."""
    from diffusers import UNet2DConditionModel

    settings: Any = {
        "block_out_channels": (320, 640, 1280),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": (1, 2, 10),
        "attention_head_dim": (5, 10, 20),
        "cross_attention_dim": 2048,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    }
    return UNet2DConditionModel(use_linear_projection=True, **settings)


def flux_1() -> torch.nn.Module:
    """Return the transformer of FLUX.1 [dev]; its configuration is the class's default."""
    from diffusers import FluxTransformer2DModel

    return FluxTransformer2DModel(guidance_embeds=True)


def _unet_inputs(cells: int, width: int) -> dict[str, Any]:
    return {
        "sample": torch.empty(1, 4, cells, cells),
        "timestep": torch.empty(1, dtype=torch.int64),
        "encoder_hidden_states": torch.empty(1, 77, width),
    }


def _xl_inputs(cells: int) -> dict[str, Any]:
    added = {"text_embeds": torch.empty(1, 1280), "time_ids": torch.empty(1, 6)}
    return {**_unet_inputs(cells, 2048), "added_cond_kwargs": added}


def _flux_inputs(cells: int) -> dict[str, Any]:
    tokens = (cells // 2) ** 2
    return {
        "hidden_states": torch.empty(1, tokens, 64),
        "encoder_hidden_states": torch.empty(1, 512, 4096),
        "pooled_projections": torch.empty(1, 768),
        "timestep": torch.empty(1),
        "guidance": torch.empty(1),
        "img_ids": torch.empty(tokens, 3),
        "txt_ids": torch.empty(512, 3),
    }


MODELS = (
    Model("SD 2.1, 512 px", 64, unet_2_1, lambda cells: _unet_inputs(cells, 1024)),
    Model("SD 2.1, 768 px", 96, unet_2_1, lambda cells: _unet_inputs(cells, 1024)),
    Model("SDXL, 1024 px", 128, unet_xl, _xl_inputs),
    Model("FLUX.1, 1024 px", 128, flux_1, _flux_inputs, 16),
)


@dataclass(frozen=True)
class Cost:
    """Operations of one evaluation and of one picture's encoding, and parameters of the network."""

    evaluation: int
    encoding: int
    parameters: int


def count(model: Model) -> Cost:
    """Count the operations of a model."""
    with torch.device("meta"), torch.no_grad():
        network = model.build().eval()
        with FlopCounterMode(display=False) as evaluation:
            network(**model.inputs(model.cells))
        vae = _autoencoder(model.latent_channels).eval()
        with FlopCounterMode(display=False) as encoding:
            vae.encode(torch.empty(1, 3, 8 * model.cells, 8 * model.cells))
    parameters = sum(weight.numel() for weight in network.parameters())
    return Cost(evaluation.get_total_flops(), encoding.get_total_flops(), parameters)


def _autoencoder(channels: int) -> Any:
    """Return the autoencoder that all of these have, but for the channels of its latents."""
    from diffusers import AutoencoderKL

    settings: Any = {"block_out_channels": (128, 256, 512, 512), "latent_channels": channels}
    settings |= {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    return AutoencoderKL(layers_per_block=2, **settings)


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=float, default=10.5, help="asked about in each picture")
    parser.add_argument("--draws", type=int, default=64)
    parser.add_argument("--share", type=float, default=0.35, help="of the card's bf16 peak that is reached")
    parser.add_argument("--bytes", type=float, default=8.0, help="per word and latent cell, in the store")
    arguments = parser.parse_args()
    evaluations = arguments.draws * (arguments.words + 1)
    speed = arguments.share * H100_PEAK
    print(
        f"{evaluations:.0f} evaluations a picture: {arguments.words:g} words, {arguments.draws} draws; "
        f"{arguments.share:.0%} of {H100_PEAK / 1e12:.0f} TFLOP/s (assumed)\n"
    )
    header = f"{'network':<18}{'1e9 weights':>12}{'TFLOP':>8}{'per second':>12}{'s/picture':>11}"
    print(f"{header}{'VAE share':>11}{'kB/picture':>12}{'64 cards, MB/s':>16}")
    costs = {model: count(model) for model in MODELS}
    seconds = {}
    for model, cost in costs.items():
        seconds[model] = (evaluations * cost.evaluation + cost.encoding) / speed
        size = arguments.bytes * arguments.words * model.cells**2
        print(
            f"{model.name:<18}{cost.parameters / 1e9:>12.2f}{cost.evaluation / 1e12:>8.2f}"
            f"{speed / cost.evaluation:>12.0f}{seconds[model]:>11.2f}"
            f"{cost.encoding / (evaluations * cost.evaluation):>11.2%}"
            f"{size / 1e3:>12.0f}{64 * size / seconds[model] / 1e6:>16.1f}"
        )
    print(f"\n{'':<18}" + "".join(f"{name + ', hours on 1':>36}{'on 64':>10}{'GB':>9}" for name in SETS))
    for model in costs:
        size = arguments.bytes * arguments.words * model.cells**2
        line = f"{model.name:<18}"
        for number in SETS.values():
            hours = number * seconds[model] / 3600
            line += f"{hours:>36,.1f}{hours / 64:>10,.2f}{number * size / 1e9:>9,.1f}"
        print(line)


if __name__ == "__main__":
    main()
