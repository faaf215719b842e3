from collections.abc import Sequence


def calibration_error(said: Sequence[tuple[bool, float]], *, bins: int = 15) -> float:
    """How far probabilities are from what comes true, on average; 0.0 is perfect.

    Args:
        said: of each answer whether it was right, and its probability.

    Returns:
        NaN for no answers.

    Reference:
        Naeini, M. P. et al. (2015). Obtaining Well Calibrated Probabilities Using Bayesian Binning. AAAI.
    """
    boxes: list[list[tuple[bool, float]]] = [[] for _ in range(bins)]
    for right, probability in said:
        boxes[min(bins - 1, int(probability * bins))].append((right, probability))
    gaps = [abs(sum(r for r, _ in box) - sum(p for _, p in box)) for box in boxes]
    return sum(gaps) / len(said) if said else float("nan")
