"""What is read back from a figure, and a prompt that is long for one."""

import numpy as np

LONG = "a red circle left of a blue square on sand, extraordinarily award-winning photography, " * 9


def texts(figure) -> str:
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [text.get_text() for text in axes.texts]
        found += [label.get_text() for label in axes.get_xticklabels()]
    return " ".join(found)


def drawn(figure) -> list[np.ndarray]:
    """The pictures of a figure, the legend last."""
    return [np.asarray(image.get_array()) for axes in figure.axes for image in axes.images]
