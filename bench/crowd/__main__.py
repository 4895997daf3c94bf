import sys
from pathlib import Path

from bench.crowd import generate

generate(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
