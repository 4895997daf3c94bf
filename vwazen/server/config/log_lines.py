"""Log lines of the console: routes instead of addresses, and what broke without the values that broke it.

An address holds the id of a person, and the words of an error may hold anything. Neither is written.
`VWAZEN_TRACE=1` shows the words of errors too, for whoever looks for a fault with invented people.
"""

import logging
import os
import traceback
from types import TracebackType

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class RoutesOnly(logging.Filter):
    """Puts the name of the route where Django writes the address: "Not Found: chart"."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None:
            match = getattr(request, "resolver_match", None)
            route = (match.view_name if match else "") or "an address without a route"
            whole = {request.path, request.path_info, request.get_full_path()}
            if isinstance(record.args, tuple):
                record.args = tuple(route if one in whole else one for one in record.args)
        return True


class WithoutValues(logging.Formatter):
    """Where something broke, line by line, and its kind; its words only with VWAZEN_TRACE."""

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802  so named by logging
        """The frames of each error in the chain, the first cause first."""
        if os.environ.get("VWAZEN_TRACE"):
            return super().formatException(ei)
        parts: list[str] = []
        error = ei[1]
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            frames = "".join(traceback.format_tb(error.__traceback__))
            parts.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nThen:\n".join(reversed(parts))
