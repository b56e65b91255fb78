# SPDX-License-Identifier: GPL-2.0-only
"""
The rule that keeps the engine, arch/x86/xen/p2m/, a separate layer: it works on any
list, through the operations that it is given. Its objects must not refer to Xen's
interface, nor to any symbol that the code for this domain defines.
"""

import re
import subprocess

from .common import RIG, Stop

ENGINE = "arch/x86/xen/p2m"
DOMAIN = ("arch/x86/xen", "drivers/xen")        # without the engine
NAMES = re.compile(r"xen_|hypercall", re.IGNORECASE)
RULE = f"the engine, {ENGINE}/, must not refer to Xen or to this domain"


def objects(directory):
    """The objects whose source exists; a source that was removed leaves its object behind."""
    return [path for path in sorted(directory.rglob("*.o"))
            if path.with_suffix(".c").exists() or path.with_suffix(".S").exists()]


def symbols(paths, *options):
    """{object: names of its symbols}"""
    return {path: set(subprocess.run(["nm", "--format=just-symbols", *options, path], text=True,
                                     capture_output=True, check=True).stdout.split())
            for path in paths}


def violations(tree):
    """A finding for each symbol by which an object of the engine breaks the rule."""
    engine = objects(tree / ENGINE)
    if not engine:
        raise Stop(RIG, f"no objects in {tree.name}/{ENGINE}: the engine is not built")
    domain = [path for directory in DOMAIN for path in objects(tree / directory)
              if tree / ENGINE not in path.parents]
    theirs = {name: path for path, names in symbols(domain, "--defined-only", "--extern-only").items()
              for name in names}
    return [f"{path.relative_to(tree)}: {name}{where(theirs.get(name), tree)}: {RULE}"
            for path, names in symbols(engine, "--undefined-only").items()
            for name in sorted(names) if NAMES.match(name) or name in theirs]


def where(path, tree):
    return f" (of {path.relative_to(tree)})" if path else ""
