"""The few signs of Markdown that our own documentation uses, as HTML. Everything else is text and stays text."""

import re
from collections.abc import Iterator

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\([^)]*\)")


def html(text: str) -> SafeString:
    """Headings, paragraphs, lists, tables and code of a text; links become their words, since they lead to files."""
    lines = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).splitlines()
    return mark_safe("\n".join(_blocks(lines)))  # noqa: S308  every block of it was escaped


def _blocks(lines: list[str]) -> Iterator[SafeString]:
    at = 0
    while at < len(lines):
        line, start = lines[at], at
        if line.startswith("```"):
            at = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("```")), len(lines))
            yield format_html('<pre class="text" tabindex="0">{}</pre>', "\n".join(lines[start + 1 : at]))
            at += 1
        elif heading := re.match(r"(#{1,4}) (.*)", line):
            yield format_html("<{0}>{1}</{0}>", f"h{max(2, len(heading[1]))}", inline(heading[2]))
            at += 1
        elif not line.strip():
            at += 1
        else:
            kind = _kind(line)
            while at < len(lines) and lines[at].strip() and (at == start or _goes_on(kind, lines[at])):
                at += 1
            yield _block(kind, lines[start:at])


def _kind(line: str) -> str:
    return "table" if line.startswith("|") else "list" if line.startswith("- ") else "text"


def _goes_on(kind: str, line: str) -> bool:
    if line.startswith(("#", "```")):
        return False
    return _kind(line) == kind or (kind == "list" and line.startswith("  "))


def _block(kind: str, lines: list[str]) -> SafeString:
    if kind == "list":
        points = re.split(r"^- ", "\n".join(lines), flags=re.MULTILINE)[1:]
        return format_html(
            '<ul class="said">{}</ul>', format_html_join("", "<li>{}</li>", ((inline(p),) for p in points))
        )
    if kind == "table":
        head, *rows = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines]
        body = format_html_join("", "<tr>{}</tr>", ((_cells("td", row),) for row in rows[1:]))
        return format_html(
            '<table class="data"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>', _cells("th", head), body
        )
    return format_html("<p>{}</p>", inline("\n".join(lines)))


def _cells(tag: str, cells: list[str]) -> SafeString:
    return format_html_join("", f"<{tag}>{{}}</{tag}>", ((inline(cell.strip()),) for cell in cells))


def inline(text: str) -> SafeString:
    """Code, bold, italic and the words of links within a line."""
    made, last = [], 0
    for found in _INLINE.finditer(text):
        made.append(conditional_escape(text[last : found.start()]))
        code, bold, italic, link = found.groups()
        if code:
            made.append(format_html("<code>{}</code>", code))
        elif bold or italic:
            made.append(format_html("<{0}>{1}</{0}>", "b" if bold else "i", bold or italic))
        else:
            made.append(conditional_escape(link))
        last = found.end()
    made.append(conditional_escape(text[last:]))
    return mark_safe("".join(made))  # noqa: S308  every piece of it was escaped
