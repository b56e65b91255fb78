# SPDX-License-Identifier: GPL-2.0-only
"""
A row of rig/scenarios.py and its command: a boot by the job run, or a program
that prints KTAP, which tests the rig or the product.
"""

import dataclasses

from . import memory_map, needs, suites, toolstack
from .common import BUILD, CRASH, PASS, ROOT, knob, tree_dir

INIT_P2M = 15           # XEN_ELFNOTE_INIT_P2M


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A boot, or a test program that boots nothing."""
    name: str
    what: str
    job: str = ""               # the guest's jobs: a, or a+b
    cases: str = suites.ALL     # what the job kunit runs
    program: tuple = ()         # instead of a job: a command that prints KTAP
    native: bool = False
    toolstack: bool = False
    crash: bool = False
    grub: bool = False          # domUs can be started by GRUB
    pvh: bool = False           # domUs can be PVH
    efi: bool = False           # Xen is started by EFI firmware
    late_console: bool = False  # without the console that shows the first messages
    xen: str = "4.17"
    long: bool = False          # for make test-long instead of make test
    kernel: str = ""            # the knob that selects another kernel: SANITIZE or STOCK
    config: str = ""            # its configuration, a row of rig/configs.py
    stock: bool = False         # the stock kernel could pass it, too
    mem: str = "1G"
    dom0_mem: str = "512M"
    smp: int = 2
    processors: int = 1         # of the host, that it keeps busy
    alone: bool = False         # would fail beside other rows
    timeout: int = 0            # 0: the knob's
    machine: str = "pc"
    pad: str = ""               # size of the padded initramfs
    map: str = ""               # the machine has the holes of this row of rig/maps.py
    without_note: int = 0       # boot without this Xen ELF note
    needs: str = ""             # host memory that it uses, if not what its guests start with
    append: str = ""
    says: str = ""              # what the console must contain
    expect: int = PASS          # the exit code that the run must end with,
    because: str = ""           # after printing this
    family: tuple = ()          # rows that make help shows as one: (pattern for ONLY, what)

    def directory(self):
        return BUILD / "run" / self.name

    def results(self):
        return self.directory() / "results.ktap"

    @property
    def memory(self):
        """MiB of the host."""
        return needs.PROGRAM if self.program else needs.of_run(self)

    def knobs(self):
        """The knobs that select its kernel."""
        return ({self.kernel: "1"} if self.kernel else {}) | \
            ({"CONFIG": self.config} if self.config else {})

    def command(self):
        if self.program:
            return self.program
        tree = tree_dir(self.knobs())
        where = ["--native"] if self.native else ["--dom0-mem", self.dom0_mem, "--xen", self.xen]
        if self.toolstack:
            where += toolstack.arguments(tree)
        switches = ("crash", "grub", "pvh", "efi", "late_console")
        where += [f"--{name.replace('_', '-')}" for name in switches if getattr(self, name)]
        where += ["--pad", self.pad] if self.pad else []
        where += ["--map", self.map] if self.map else []
        where += ["--without-note", str(self.without_note)] if self.without_note else []
        where += ["--needs", self.needs] if self.needs else []
        return [ROOT / "rig/jobs/run", self.name, "--kernel", tree / "arch/x86/boot/bzImage",
                "--job", self.job, *where, "--mem", self.mem, "--smp", str(self.smp),
                "--timeout", str(self.timeout or knob("TIMEOUT")), "--machine", self.machine,
                f"--cases={self.cases}", f"--append={self.append}"]


def rig_test(name, what):
    """A test of the rig itself."""
    return Scenario(f"rig-{name}", what, program=(ROOT / "rig/tests" / f"{name}.py",))


def tool_test(name, what, target, *arguments):
    """A test of xen-p2m, by its Makefile. Rows may run in parallel, so none shares objects."""
    return Scenario(name, what, program=("make", "-s", "-C", ROOT / "tools/xen-p2m",
                                         f"O={BUILD}/xen-p2m/{name}", target, *arguments))


def dom0_map(row):
    """A dom0 whose machine has the holes of a row of rig/maps.py."""
    refused = {"expect": CRASH, "because": "the guest or Xen crashed", "says": row.dom0_refuses}
    return Scenario(f"dom0-map-{row.name}", f"dom0 with the holes of {row.name}", map=row.name,
                    family=("dom0-map-*", "dom0 with the holes of each memory map, most of them long"),
                    job="kunit+balloon+dom0-map", cases="xen_p2m_guest*", xen="4.17-logdirty",
                    mem=f"{memory_map.MACHINE >> 20}M", needs="700M", append="rig.sizes=80+100+125", long=not row.quick,
                    **refused if row.dom0_refuses else {})


def domu(name, what, job, **settings):
    """A scenario with domUs, run by Xen's tools in dom0."""
    ours = settings.get("kernel") == "SANITIZE" or any(option in settings.get("append", "")
                                           for option in ("xen_p2m_publish=", "rig.spoil="))
    # Two, because Xen and its domains wait for each other's vcpus. Beside another row, a domU took
    # 30 to 100 s to boot instead of 3.
    defaults = {"toolstack": True, "mem": "3G", "dom0_mem": "1G", "timeout": 1800,
                "stock": not ours, "processors": 2}
    return Scenario(name, what, job=f"domu-{job}", **(defaults | settings))


def configured(config, job, up=125, **settings):
    """A configuration of rig/configs.py: the suites and the balloon in dom0, to up%; and a domU."""
    append = settings.pop("append", "")
    return (Scenario(f"{config}-dom0", f"configuration {config}: the suites, and ballooning",
                     job="kunit+report+balloon", needs="640M", config=config, long=True,
                     append=f"rig.sizes=60+100+80+50+100+{up}", timeout=1800, **settings),
            domu(f"{config}-{job}", f"configuration {config}: a domU", job, config=config,
                 long=True, timeout=3600, append=append, **settings))


def sanitize(job, what, **settings):
    """The same with four processors, on a kernel with lockdep and KCSAN."""
    defaults = {"kernel": "SANITIZE", "long": True, "smp": 4, "alone": True,
                "timeout": 7200}
    return domu(f"sanitize-{job}", f"lockdep and KCSAN: {what}", job, **(defaults | settings))
