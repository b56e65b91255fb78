# SPDX-License-Identifier: GPL-2.0-only
"""
What a row of rig/scenarios.py says, and the command that it stands for: a boot
by the job run, or a program that tests the rig or the product and prints KTAP.
"""

import dataclasses

from . import needs, toolstack
from .common import BUILD, PASS, ROOT, knob, tree_dir

INIT_P2M = 15           # XEN_ELFNOTE_INIT_P2M


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A boot, or a program that tests without one."""
    name: str
    what: str
    job: str = ""               # what the guest does: a, or a+b
    program: tuple = ()         # or: a command that prints KTAP
    native: bool = False
    toolstack: bool = False
    crash: bool = False
    xen: str = "4.17"
    long: bool = False          # not for make test, but for make test-long
    kernel: str = ""            # the knob that names another kernel: SANITIZE or STOCK
    stock: bool = False         # the stock kernel has what it takes, too
    mem: str = "1G"
    dom0_mem: str = "512M"
    smp: int = 2
    processors: int = 1         # of this machine, that it keeps busy
    alone: bool = False         # beside another it would fail
    timeout: int = 0            # 0: the knob's
    machine: str = "pc"
    pad: str = ""               # size of the initramfs
    without_note: int = 0       # an ELF note of Xen's that the kernel lacks
    needs: str = ""             # memory that it takes of this machine, if not all of dom0's
    append: str = ""
    says: str = ""              # what the console must hold
    expect: int = PASS          # another exit code: the run must end by it,
    because: str = ""           # and say this

    def directory(self):
        return BUILD / "run" / self.name

    def results(self):
        return self.directory() / "results.ktap"

    @property
    def memory(self):
        """MiB of this machine. With Xen's tools, domUs have what dom0 leaves."""
        if self.program:
            return needs.PROGRAM
        whole = self.native or self.toolstack
        return needs.guest(self.mem, None if whole else self.dom0_mem, self.needs)

    def knobs(self):
        """The knobs by which its kernel is another than the others'."""
        return {self.kernel: "1"} if self.kernel else {}

    def command(self):
        if self.program:
            return self.program
        tree = tree_dir(self.knobs())
        where = ["--native"] if self.native else ["--dom0-mem", self.dom0_mem, "--xen", self.xen]
        if self.toolstack:
            where += toolstack.arguments(tree)
        if self.crash:
            where.append("--crash")
        where += ["--pad", self.pad] if self.pad else []
        where += ["--without-note", str(self.without_note)] if self.without_note else []
        where += ["--needs", self.needs] if self.needs else []
        return [ROOT / "rig/jobs/run", self.name, "--kernel", tree / "arch/x86/boot/bzImage",
                "--job", self.job, *where, "--mem", self.mem, "--smp", str(self.smp),
                "--timeout", str(self.timeout or knob("TIMEOUT")), "--machine", self.machine,
                f"--append={self.append}"]


def rig_test(name, what):
    """A test of the rig itself."""
    return Scenario(f"rig-{name}", what, program=(ROOT / "rig/tests" / f"{name}.py",))


def tool_test(name, what, target, *arguments):
    """A test of xen-p2m, by its own Makefile. Rows beside each other share no objects."""
    return Scenario(name, what, program=("make", "-s", "-C", ROOT / "tools/xen-p2m",
                                         f"O={BUILD}/xen-p2m/{name}", target, *arguments))


def domu(name, what, job, **settings):
    """A scenario with Xen's tools in dom0, and domUs."""
    ours = settings.get("kernel") == "SANITIZE" or any(option in settings.get("append", "")
                                           for option in ("xen_p2m_publish=", "rig.spoil="))
    defaults = {"toolstack": True, "mem": "3G", "dom0_mem": "1G", "timeout": 1800, "stock": not ours}
    return Scenario(name, what, job=f"domu-{job}", **(defaults | settings))


def sanitize(job, what, **settings):
    """The same with four processors, on a kernel that looks for races and locks taken wrongly."""
    defaults = {"kernel": "SANITIZE", "long": True, "smp": 4, "alone": True,
                "timeout": 7200}
    return domu(f"sanitize-{job}", f"lockdep and KCSAN: {what}", job, **(defaults | settings))
