"""How sure a share is: Wilson's score interval, which stays inside 0 and 1 and holds for few people too."""

from math import sqrt

Z95 = 1.959963984540054  # the 97.5th centile of the normal distribution


def wilson(many: int, of: int, z: float = Z95) -> tuple[float, float] | None:
    """Lower and upper end of the interval of `many` out of `of` (Wilson 1927; Newcombe 1998, method 3).

    None where there is nobody to speak of. Raises ValueError for a count that is none.
    """
    if not 0 <= many <= of:
        raise ValueError(f"{many} of {of} is no share")
    if of == 0:
        return None
    share, square = many / of, z * z
    middle = share + square / (2 * of)
    reach = z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    low, high = (middle - reach) / whole, (middle + reach) / whole
    return 0.0 if many == 0 else low, 1.0 if many == of else high
