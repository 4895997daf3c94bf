"""Lints of the design that no general tool knows. Each names file, line and what to do instead."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WRITES = {"save", "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create"}
# Where rows are written: the actions of each app, the record's store, erasing and remaking, counts that are kept, what
# opens or erases a record, migrations, and the first sign-ins.
WRITERS = re.compile(
    r"/(actions|migrations)/|/actions\.py$|record/(store|fact_table|erasing|remaking)\.py$|server/demo\.py$|/guard\.py$"
    r"|reporting/kept\.py$|care/consent/(emergency|erasure|searches)\.py$"
)
LONGEST = 600
MACHINE = re.compile(r"(^|[^A-Za-z0-9_.])/(work|farm|root|tmp)/[a-z]")


def tracked(*patterns: str) -> list[Path]:
    """Files that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def python_faults(path: Path) -> Iterator[str]:
    """Function-local imports, writes outside the actions, modules that are too long."""
    name = path.relative_to(ROOT).as_posix()
    source = path.read_text("utf-8")
    if source.count("\n") > LONGEST:
        yield f"{name}:1: {source.count(chr(10))} lines; split it by meaning (at most {LONGEST})"
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield f"{name}:{inner.lineno}: an import inside a function hides a dependency; move it up"
        if not name.startswith("vwazen/server/") or WRITERS.search(name):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            if node.func.attr == "update" and not _on_rows(node.func.value):
                continue
            yield f"{name}:{node.lineno}: .{node.func.attr}() writes outside the actions; call an action"


def _on_rows(node: ast.expr) -> bool:
    """Whether an expression looks like a queryset rather than a dictionary or a hash."""
    return any(isinstance(one, ast.Attribute) and one.attr == "objects" for one in ast.walk(node))


def text_faults(path: Path) -> Iterator[str]:
    """Inline style or script in templates, addresses that a page would fetch, paths of one machine."""
    name = path.relative_to(ROOT).as_posix()
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return
    for number, line in enumerate(text.splitlines(), 1):
        if name.endswith(".html"):
            if re.search(r"\sstyle=|<script(?![^>]*\bsrc=)|\son[a-z]+=\"", line):
                yield f"{name}:{number}: inline style or script; our policy forbids it. Use static/web"
            if re.search(r"(src|href)=\"https?://", line) and 'rel="noreferrer' not in line:
                yield f"{name}:{number}: a page must fetch nothing from outside"
        if MACHINE.search(line) and "tmp_path" not in line and not name.startswith("tests/lints"):
            yield f"{name}:{number}: a path of one machine"


def main() -> int:
    """Print every fault; 1 if there is one."""
    faults = [one for path in tracked("vwazen/*.py", "bench/*.py") for one in python_faults(path)]
    faults += [one for path in tracked() if path.suffix not in (".lock", ".png") for one in text_faults(path)]
    print("\n".join(faults) if faults else "design: no faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
