# SPDX-License-Identifier: GPL-2.0-only
"""
Writes the guests' initramfs: a static busybox, the init, the jobs and libraries of
rig/guest/, in /maps/ the memory maps of rig/maps.py, and in /files/ the files that a
run adds. With a toolstack also Xen's tools, the rig's own programs, and in /domu/ a
kernel and an initramfs for domUs.
It is rebuilt for each run, which takes a moment, and is reproducible: no times, no
owners, a fixed order. It is not compressed, because unpacking is slow in QEMU.
"""

import os
import pathlib
import shutil
import stat
import subprocess

from . import bzimage, elf, grub, memory_map
from .common import BUILD, RIG, ROOT, Stop
from maps import MAPS

GUEST = ROOT / "rig/guest"

# Xen's programs in dom0.
TOOLS = ("xl", "xenstore", "xenstored", "xenconsoled", "xen-init-dom0", "xen-mfndump", "xenctx",
         "libxl-save-helper")


FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror")


def entry(number, name, mode, content=b"", device=(0, 0)):
    """One file in cpio's newc format."""
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return pad(head) + pad(content)


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def busybox():
    found = shutil.which("busybox")
    if found and subprocess.run(["ldd", found], capture_output=True, check=False).returncode == 0:
        found = None                    # ldd succeeds: it needs shared libraries
    if not found:
        raise Stop(RIG, "no static busybox found: install the package busybox-static")
    return pathlib.Path(found).read_bytes()


def archive(files):
    """A cpio archive of {path: (mode, content)} and their directories."""
    directories = {str(parent) for path in files for parent in pathlib.PurePath(path).parents}
    tree = {path: (stat.S_IFDIR | 0o755, b"") for path in directories - {"."}} | files
    tree["dev/console"] = (stat.S_IFCHR | 0o600, b"")
    cpio = b"".join(entry(number, path, *tree[path], (5, 1) if path == "dev/console" else (0, 0))
                    for number, path in enumerate(sorted(tree), 1))
    return cpio + entry(0, "TRAILER!!!", 0)


def program(content):
    return (stat.S_IFREG | 0o755, content)


def programs(root):
    """
    The rig's own programs with root's libraries; a program is recompiled if its
    source or this file changed.
    """
    files = {}
    for source in (GUEST / "programs").glob("*.c"):
        target = BUILD / "programs" / source.stem
        newest = max(source.stat().st_mtime, pathlib.Path(__file__).stat().st_mtime)
        if not target.exists() or target.stat().st_mtime < newest:
            compile_program(source, target)
        files[f"bin/{source.stem}"] = program(target.read_bytes())
        loader, libraries, _ = elf.dynamic(target)
        files |= {path: program(content)
                  for path, content in elf.closure(root, [loader], libraries).items()}
    return files


def compile_program(source, target):
    """Links dynamically, since libxenstore's thread does not start in a static program."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_suffix(f".{os.getpid()}")     # another run may compile it, too
    result = subprocess.run(["cc", "-s", *FLAGS, "-o", new, source, "-Wl,--as-needed", "-lxenstore",
                             "-lxencall"], capture_output=True, text=True, check=False)
    if result.returncode:
        raise Stop(RIG, f"compiling {source.name} failed:\n{result.stderr[-2000:]}")
    new.replace(target)


def maps():
    """The memory maps and what is right for each."""
    return {f"maps/{name}": (stat.S_IFREG | 0o644, text.encode())
            for name, text in memory_map.files(MAPS).items()}


def every_guest(brought):
    """What all guests have."""
    files = {"dev/console": None, "bin/busybox": program(busybox())} | maps()
    for library in (GUEST / "lib").iterdir():
        files[f"lib/{library.name}"] = program(library.read_bytes())
    for file in brought:
        files[f"files/{file.name}"] = program(file.read_bytes())
    return files


def tools(root):
    """Xen's programs with their libraries, and links to the programs in /xen/bin."""
    places = {name: find_tool(root, name) for name in TOOLS}
    files = {path: program(content)
             for path, content in elf.closure(root, places.values(), ("libgcc_s.so.1",)).items()}
    return files | {f"xen/bin/{name}": (stat.S_IFLNK | 0o777, f"/{path}".encode())
                    for name, path in places.items()}


def shim(root):
    """The Xen that a PV domU can have to itself, in a PVH domain, where xl looks for it."""
    return {str(path.relative_to(root)): program(path.read_bytes())
            for path in root.glob("usr/lib/xen-*/boot/xen-shim")}


def find_tool(root, name):
    """The path of a Xen program below root; Debian has most in a directory per Xen version."""
    found = [path for pattern in ("usr/lib/xen-*/bin", "usr/bin", "usr/sbin")
             for path in root.glob(f"{pattern}/{name}") if path.read_bytes()[:4] == b"\x7fELF"]
    if not found:
        raise Stop(RIG, f"no {name} among Xen's tools in {root}")
    return str(found[0].relative_to(root))


def domu(brought, root):
    """The initramfs of a domU."""
    files = every_guest(brought) | programs(root)
    for script in (GUEST / "domu").iterdir():
        place = {"init": "init", "poweroff": "sbin/poweroff"}.get(script.name,
                                                                  f"bin/{script.name}")
        files[place] = program(script.read_bytes())
    return archive(files)


def crash(root, kernel):
    """crash with the libraries of its suite, for a chroot, and the kernel files that it reads."""
    files = {f"crash/{path}": program(content)
             for path, content in elf.closure(root, ["usr/bin/crash"]).items()}
    for name in ("vmlinux", "System.map"):
        files[f"crash/tmp/{name}"] = program((kernel.parents[3] / name).read_bytes())
    return files


def build(target, brought=(), kernel=None, root=None, crash_root=None, by_grub=False, pvh=False):
    """
    Writes the initramfs of a run. With root (Xen's files) it can boot domUs with
    kernel, with by_grub also through GRUB, with pvh in the PV shim; with crash_root it
    can read their dumps.
    """
    files = every_guest(brought) | {"init": program((GUEST / "init").read_bytes())}
    for job in (GUEST / "jobs").iterdir():
        files[f"jobs/{job.name}"] = program(job.read_bytes())
    if root:
        files |= tools(root) | programs(root)
        files["domu/initramfs"] = program(domu(brought, root))
        files["domu/vmlinux"] = program(bzimage.payload(kernel))
        files |= shim(root) if pvh else {}
        if by_grub:
            files["domu/grub"] = program(grub.image(kernel, files["domu/initramfs"][1]))
    if crash_root:
        files |= crash(crash_root, kernel)
    target.write_bytes(archive(files))
