"""What a scheduler says about its network: the noise levels, and what the network predicts."""

from __future__ import annotations

from typing import Any

import torch

from infodiff_widgets.channel import NoiseSchedule
from infodiff_widgets.errors import UnsupportedPipelineError

__all__ = ["PREDICTIONS", "read_scheduler"]

PREDICTIONS = ("epsilon", "v_prediction", "sample", "flow_prediction")


def read_scheduler(scheduler: Any) -> tuple[NoiseSchedule, str]:
    """Return the trained levels and the prediction type, one of `PREDICTIONS`.

    Raises
    ------
    UnsupportedPipelineError
        Where the scheduler tells neither, or something else.
    """
    name, config = type(scheduler).__name__, scheduler.config
    if name.startswith("FlowMatch") or config.get("prediction_type") == "flow_prediction":
        # With dynamic shifting there is no one shift; "flow_shift" is how the multistep solvers call it.
        dynamic = config.get("use_dynamic_shifting", False)
        shift = 1.0 if dynamic else config.get("shift", config.get("flow_shift")) or 1.0
        return NoiseSchedule.rectified_flow(config.num_train_timesteps, float(shift)), "flow_prediction"
    alphas = getattr(scheduler, "alphas_cumprod", None)
    if alphas is None:
        raise UnsupportedPipelineError(
            f"The scheduler {name} has no alphas_cumprod, so its levels are unknown: "
            "use the diffusion scheduler that came with the model, such as DDIMScheduler."
        )
    prediction = str(config.prediction_type)
    if prediction not in PREDICTIONS:
        raise UnsupportedPipelineError(
            f"The scheduler's prediction_type is {prediction!r}, none of {PREDICTIONS}."
        )
    return NoiseSchedule.from_alphas_cumprod(torch.as_tensor(alphas).double().cpu().numpy()), prediction
