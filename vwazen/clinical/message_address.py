"""Whether two telephone numbers or mail addresses are the same.

One number is written in many ways: +509 3700 0001, 0050937000001, 3700-0001. Two are the same where the shorter is the
end of the longer and at least eight digits long.
"""

TAIL = 8


def tail(address: str) -> str:
    """What two ways of writing one address have in common: a number's last eight digits, a mail address whole."""
    return address.casefold() if "@" in address else _digits(address)[-TAIL:]


def same(one: str, other: str) -> bool:
    """Whether these are one address."""
    if "@" in one or "@" in other:
        return one.casefold() == other.casefold()
    whole = _digits(one), _digits(other)
    bare = whole[0].lstrip("0"), whole[1].lstrip("0")  # 00 before a country code, 0 before a number in the country
    return any(_ends(*sorted(pair, key=len)) for pair in (whole, bare))


def _ends(short: str, long: str) -> bool:
    return long == short or (len(short) >= TAIL and long.endswith(short))


def _digits(address: str) -> str:
    return "".join(one for one in address if one in "0123456789")
