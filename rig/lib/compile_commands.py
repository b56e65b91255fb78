# SPDX-License-Identifier: GPL-2.0-only
"""
build/compile_commands.json: how to compile each C file of the project in place, in
the repository, for clangd and similar tools. Kernel files use the command recorded
in a built tree, with our include directories before the tree's, so that our headers
are found in the repository.
"""

import json
import os
import re
import shlex
import subprocess

from . import initramfs, install, modules
from .common import BUILD, ROOT, kernel, write_atomically

PLACE = BUILD / "compile_commands.json"
TOOL = ROOT / "tools/xen-p2m"
HEADERS = [f"-I{ROOT / directory}" for directory in ("arch/x86/include", "include", "arch/x86/xen")]
# Options that clang does not know, none of which affects parsing.
GCC_ONLY = re.compile(r"-mpreferred-stack-boundary=|-fno-allow-store-data-races|-fconserve-stack|"
                      r"-ftrivial-auto-var-init=|-Wp,-MMD,")
MODEL = "arch/x86/xen/p2m.o"    # the object whose command is used for modules


def entry(directory, arguments, source):
    return {"directory": str(directory), "arguments": [*arguments, "-c", str(source)],
            "file": str(source)}


def kept(tree, path):
    """The recorded compiler and options of an object, or None."""
    command = tree / os.path.dirname(path) / f".{os.path.basename(path)}.cmd"
    if not command.exists():
        return None
    words = shlex.split(command.read_text().split("\n", 1)[0].split(":=", 1)[1])
    words = words[words[0] == "ccache":words.index("-c")]
    return [word for word in words if not GCC_ONLY.match(word)]


def of_kernel(tree):
    """The files that are installed in the tree."""
    found = []
    for path, source in install.overlay(ROOT, kernel().without).items():
        words = kept(tree, path[:-2] + ".o") if path.endswith(".c") else None
        if words:
            # Last: stock headers in the directory of the file.
            beside = f"-I{tree / os.path.dirname(path)}"
            found.append(entry(tree, [words[0], *HEADERS, *words[1:], beside], source))
    return found


def of_modules(tree):
    """The rig's modules; as they may not have been built, by the command of a kernel file."""
    words = kept(tree, MODEL)
    found = []
    for source in sorted(modules.SOURCES.glob("*.c")) if words else []:
        named = [re.sub(r'^(-D\w*KBUILD_\w+=.*)p2m("?)$', rf"\1{source.stem}\2", word)
                 for word in words]
        found.append(entry(tree, [named[0], *HEADERS, *named[1:], "-DMODULE"], source))
    return found


def of_programs():
    return [entry(ROOT, ["cc", *initramfs.FLAGS], source)
            for source in sorted((initramfs.GUEST / "programs").glob("*.c"))]


def of_tool():
    """xen-p2m and its tests, by the commands of its Makefile."""
    goals = [f"build/{goal}" for goal in ("xen-p2m", "test-unit", "test-fuzz", "abi.o")]
    printed = subprocess.run(["make", "-nB", "--no-print-directory", "O=build", *goals], cwd=TOOL,
                             capture_output=True, text=True, check=True).stdout
    found = {}
    for words in map(shlex.split, printed.splitlines()):
        sources = [word for word in words if word.endswith(".c")]
        options = [word for word in words if word not in sources and word != "-c"]
        if "-o" in options:
            at = options.index("-o")
            del options[at:at + 2]
        for source in sources:
            found.setdefault(source, entry(TOOL, options, TOOL / source))
    return list(found.values())


def entries(tree):
    return [*of_kernel(tree), *of_modules(tree), *of_programs(), *of_tool()]


def write(tree):
    write_atomically(PLACE, json.dumps(entries(tree), indent=1).encode() + b"\n")


def missing(found):
    """A finding for each C file of the project without an entry."""
    known = {one["file"] for one in found}
    directories = ("arch", "kunit", "rig/guest", "tools/xen-p2m")
    return [f"{source.relative_to(ROOT)}: not in {PLACE.name}, so nothing compiles it"
            for directory in directories for source in sorted((ROOT / directory).rglob("*.c"))
            if str(source) not in known]


def findings(one, tree):
    """The compiler's errors for an entry, and headers of ours that it takes from the tree."""
    result = subprocess.run([*one["arguments"], "-fsyntax-only", "-MMD", "-MF", "/dev/stdout"],
                            cwd=one["directory"], text=True, capture_output=True, check=False)
    name = os.path.relpath(one["file"], ROOT)
    said = [f"{name}: compiled in place: {line}" for line in result.stderr.splitlines()
            if re.search(r"(?:error|warning): ", line)]
    if result.returncode and not said:
        said = [f"{name}: compiled in place: exit code {result.returncode}"]
    used = {os.path.relpath(os.path.join(one["directory"], word), tree)
            for word in result.stdout.replace("\\\n", " ").split()}
    return said + [f"{name}: includes {path} from the kernel tree, not from the repository"
                   for path in sorted(used & install.overlay(ROOT).keys())]
