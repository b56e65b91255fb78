# SPDX-License-Identifier: GPL-2.0-only
"""
The QEMU command line of a run: Xen with our kernel as dom0, started by QEMU or by
EFI firmware, or the kernel alone. The reason for each unusual option is given beside
it. No KVM: a PV guest does not need it, and an existing /dev/kvm may still be unable
to run Xen.
"""

import shlex
import shutil

from maps import MAPS
from . import xen
from .common import USAGE, Stop


def processor(run):
    # With SMAP, QEMU 7.2 breaks Xen's exception bounce, and dom0 dies early. With XSAVE,
    # registers are lost when Xen switches between domains: with a domU running, programs in
    # dom0 crash within minutes, under any kernel.
    model = "max,-smap,-xsave"
    # QEMU's SVM does not say how long an intercepted rdtscp is, and Xen crashes the guest. On
    # family 15, Xen writes HWCR; so does a PV shim, which its Xen does not allow.
    return model + ",-rdtscp,family=16" if run.pvh else model


def machine(run):
    # setpriv: QEMU is killed when the script that started it dies.
    command = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64",
               # reserve=off: memory is allocated when the guest touches it. A guest larger
               # than the host uses only what describes its pages.
               "-accel", "tcg", "-machine", f"{run.machine},memory-backend=memory",
               "-object", f"memory-backend-ram,id=memory,size={run.mem},reserve=off",
               "-cpu", processor(run), "-smp", str(run.smp), "-m", run.mem,
               "-nodefaults", "-no-user-config", "-no-reboot",
               "-display", "none", "-vga", "none", "-nic", "none", "-monitor", "none",
               "-serial", f"file:{run.console}", "-serial", f"file:{run.channel}"]
    if run.icount:
        # The guest's TSC then counts retired instructions, the same on every machine.
        command += ["-icount", "shift=0,sleep=off"]
    return command


def guest_arguments(run):
    arguments = [f"rig.nonce={run.nonce}", f"rig.job={'+'.join(run.jobs)}"]
    if "kunit" in run.jobs:
        arguments += ["kunit.enable=1", f"kunit.filter_glob={run.cases}"]
    return arguments + shlex.split(run.append)


def native(run):
    # Four levels of page tables, as a PV guest has: readers expect the list there.
    arguments = ["console=ttyS0", "earlyprintk=ttyS0", "no5lvl", *guest_arguments(run)]
    return machine(run) + ["-kernel", str(run.booted), "-initrd", str(run.initramfs),
                           "-append", " ".join(arguments)]


def hypervisor_arguments(run):
    # noreboot: a crashed dom0 would reboot until the timeout. bootscrub=0: scrubbing
    # would touch, and so allocate, all memory of the emulated machine.
    hypervisor = ["console=com1", "com1=115200,8n1", f"dom0_mem={run.dom0_mem}", "noreboot",
                  "bootscrub=0", "loglvl=all", "guest_loglvl=all"]
    if run.icount:
        # Prefix Xen's messages with the TSC, to see when dom0 started.
        hypervisor.append("console_timestamps=raw")
    if run.map:
        row = next(row for row in MAPS if row.name == run.map)
        hypervisor += [f"rig-range={start:x}-{end:x}:{kind}" for start, end, kind in row.holes()]
    return hypervisor


def dom0_arguments(run):
    early = [] if run.late_console else ["earlyprintk=xen"]
    chosen = [f"rig.map={run.map}"] if run.map else []
    return ["console=hvc0", *early, *chosen, *guest_arguments(run)]


def dom0(run):
    if run.efi:
        return efi(run)
    arguments = dom0_arguments(run)
    modules = [" ".join([str(run.booted), *arguments]), str(run.initramfs)]
    if any("," in module for module in modules):
        raise Stop(USAGE, "dom0's arguments and file names must not contain commas: QEMU splits "
                   "them there")
    return machine(run) + ["-kernel", str(xen.hypervisor(run.xen)),
                           "-append", " ".join(hypervisor_arguments(run)), "-initrd", ",".join(modules)]


def efi(run):
    """Xen as a program that the firmware finds on a disk, which QEMU makes of a directory."""
    return machine(run) + ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={xen.ovmf()}",
                           "-drive", f"if=none,id=disk,format=raw,readonly=on,file=fat:{run.disk}",
                           "-device", "virtio-blk-pci,drive=disk"]


def write_disk(run):
    """The disk of efi(): Xen, its configuration, and what that names."""
    place = run.disk / "EFI/BOOT"
    place.mkdir(parents=True)
    (place / "BOOTX64.CFG").write_text(
        "[global]\ndefault=dom0\n[dom0]\n"
        f"options={' '.join(hypervisor_arguments(run))}\n"
        f"kernel=kernel {' '.join(dom0_arguments(run))}\n"
        "ramdisk=initramfs\n")
    for name, file in (("BOOTX64.EFI", xen.efi(run.xen)), ("kernel", run.booted),
                       ("initramfs", run.initramfs)):
        shutil.copy(file, place / name)
