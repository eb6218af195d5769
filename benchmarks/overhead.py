"""What an estimate costs beyond its network: ``python -m benchmarks.overhead``.

The wall time of a whole estimate, from picture and prompt to result, over that of the bare network called
on as many inputs at its best batch size, in the same run, by turns. On the scenes pipeline, and with
``--large`` on a UNet of Stable Diffusion 2.1's size with random weights.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any, NamedTuple

import torch

from infodiff_widgets import estimate, scenes
from infodiff_widgets.denoisers import as_denoiser

PROMPT = "a red circle left of a blue square on sand"


def large_pipeline(device: str = "cpu", dtype: torch.dtype = torch.float32) -> Any:
    """Return a pipeline with the UNet of Stable Diffusion 2.1, untrained; its other parts are small."""
    from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    small = scenes.load_pipeline("cpu")
    tokenizer = small.tokenizer
    text: Any = {"hidden_size": 1024, "intermediate_size": 2048, "num_hidden_layers": 2}
    text |= {"vocab_size": len(tokenizer), "max_position_embeddings": tokenizer.model_max_length}
    text |= {"eos_token_id": tokenizer.eos_token_id, "num_attention_heads": 16}
    unet: Any = {"sample_size": 64, "cross_attention_dim": 1024, "attention_head_dim": (5, 10, 20, 20)}
    vae: Any = {"block_out_channels": (8, 8, 8, 8), "norm_num_groups": 4, "layers_per_block": 1}
    vae |= {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    torch.manual_seed(0)
    with torch.device(device):
        parts: Any = {
            "vae": AutoencoderKL(**vae),
            "text_encoder": CLIPTextModel(CLIPTextConfig(**text)),
            "unet": UNet2DConditionModel(use_linear_projection=True, **unet),
        }
    pipeline = StableDiffusionPipeline(
        **parts,
        tokenizer=tokenizer,
        scheduler=small.scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    return pipeline.to(dtype)


@torch.inference_mode()
def bare(pipeline: Any, inputs: int, batch: int) -> float:
    """Return the seconds that the network takes for so many inputs, in batches of one size."""
    unet = pipeline.unet
    cells, like = unet.config.sample_size, {"device": unet.device, "dtype": unet.dtype}
    z = torch.randn(batch, unet.config.in_channels, cells, cells, **like)
    hidden = torch.randn(batch, pipeline.tokenizer.model_max_length, unet.config.cross_attention_dim, **like)
    level = torch.randint(1000, (batch,), device=unet.device)
    _wait(unet.device)
    done, started = 0, time.perf_counter()
    while done < inputs:
        size = min(batch, inputs - done)
        unet(z[:size], level[:size], encoder_hidden_states=hidden[:size], return_dict=False)
        done += size
    _wait(unet.device)
    return time.perf_counter() - started


def seconds_each(pipeline: Any, batch: int) -> float:
    """Return the seconds that the network takes for one input of a batch, warmed up."""
    bare(pipeline, batch, batch)
    return min(bare(pipeline, 2 * batch, batch) for _ in range(2)) / (2 * batch)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Compared(NamedTuple):
    """Seconds of estimates and of the bare network, taken by turns, on as many evaluations."""

    evaluations: int
    batch: int
    ours: float
    bare: float
    ratio: float


def compare(
    pipeline: Any, batches: tuple[int, ...], rounds: int, anew: bool = True, **options: Any
) -> Compared:
    """Take turns, at the bare network's best batch size.

    Parameters
    ----------
    pipeline, batches, rounds, options
        What is measured, how large calls may be, how often, and what is asked.
    anew
        Whether each estimate is given the pipeline, of which it verifies what it predicts by two evaluations
        more; else a denoiser that was made before.
    """
    model = pipeline if anew else as_denoiser(pipeline)
    cells = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    picture = scenes.picture(next(scenes.sample(seed=3)), cells)

    def ours(batch: int) -> tuple[float, int]:
        started = time.perf_counter()
        result = estimate(
            model, picture, PROMPT, density="uniform", progress=False, batch_size=batch, **options
        )
        return time.perf_counter() - started, result.provenance["evaluations"]

    count = ours(batches[0])[1]
    best = batches[0] if len(batches) == 1 else min(batches, key=lambda size: seconds_each(pipeline, size))
    ours(best)  # the first call of a size takes longer: ours has sizes that the bare network has not
    pairs = [(ours(best)[0], bare(pipeline, count, best)) for _ in range(rounds)]
    ratio = statistics.median(a / b for a, b in pairs)
    return Compared(count, best, min(a for a, _ in pairs), min(b for _, b in pairs), ratio)


def line(name: str, found: Compared) -> str:
    """Return a line of the table."""
    return (
        f"{name:<26}{found.evaluations:>12}{found.batch:>8}{found.evaluations / found.bare:>12.2f}"
        f"{found.ours:>12.2f}{found.bare:>10.2f}{found.ratio:>8.3f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also a UNet of SD 2.1's size (minutes, 6 GB)")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    header = f"{'network':<26}{'evaluations':>12}{'batch':>8}{'per second':>12}"
    print(f"{header}{'estimate s':>12}{'bare s':>10}{'ratio':>8}")
    small = compare(scenes.load_pipeline("cpu"), (8, 12, 24, 48), 5, draws=64, quantities="cmi")
    print(line("scenes", small))
    if arguments.large:
        options: Any = {"draws": 2, "words": ["red", "circle", "sand"], "quantities": "cmi"}
        # So few evaluations that the two of a first estimate would be a quarter of them.
        print(line("UNet of SD 2.1's size", compare(large_pipeline(), (8,), 2, anew=False, **options)))


if __name__ == "__main__":
    main()
