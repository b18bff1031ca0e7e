"""Find the official JavaScript client: Node.js and the npm package it is in."""

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path("@clickhouse") / "client"
MODULES_VARIABLE = "BENCHWIRE_NODE_MODULES"
"""Names the directory `node_modules` that the package is in."""


@dataclass(frozen=True, slots=True)
class JavaScript:
    """A program and the directory it finds the package in."""

    node: str
    modules: Path


@functools.cache
def javascript_client() -> JavaScript | str:
    """Return where both are, or why one is not."""
    node = shutil.which("node")
    if node is None:
        return "Node.js is not installed"
    for directory in _candidates():
        if (directory / PACKAGE / "package.json").is_file():
            return JavaScript(node, directory)
    return (
        "@clickhouse/client is not installed: npm install --global @clickhouse/client, or name its "
        f"node_modules in {MODULES_VARIABLE}"
    )


def _candidates() -> list[Path]:
    if named := os.environ.get(MODULES_VARIABLE):
        return [Path(named)]
    npm = shutil.which("npm")
    if npm is None:
        return []
    asked = ([npm, "root", "--global"], [npm, "root"])
    told = (subprocess.run(each, capture_output=True, text=True, check=False) for each in asked)
    return [Path(answer.stdout.strip()) for answer in told if answer.stdout.strip()]
