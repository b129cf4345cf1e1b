"""Prints which version of each package that is named is installed."""

import sys
from importlib.metadata import version

for name in sys.argv[1:]:
    print(f"{name}=={version(name)}")
