# SPDX-License-Identifier: GPL-2.0-only
"""
The part of gdb's remote protocol that is needed to stop a QEMU guest at an address
and to read its memory.
"""

import socket
import time

from .common import RIG, Stop

CONNECT = 10            # seconds for QEMU to open its socket
RIP = 16                # its number among gdb's registers of x86-64


class Stub:
    """A connection to QEMU's -gdb unix:PATH; the guest is stopped except during go_to()."""

    def __init__(self, path):
        self.socket = self.connect(path)
        self.pending = b""

    @staticmethod
    def connect(path):
        end = time.monotonic() + CONNECT
        while True:
            try:
                stub = socket.socket(socket.AF_UNIX)
                stub.connect(str(path))
                return stub
            except OSError as reason:
                stub.close()
                if time.monotonic() > end:
                    raise Stop(RIG, f"cannot connect to QEMU's gdb stub: {reason}") from None
                time.sleep(0.1)

    def receive(self, timeout):
        """The next packet."""
        self.socket.settimeout(timeout)
        while b"#" not in self.pending[:-2]:
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                raise Stop(RIG, f"the guest did not get there within {timeout} s") from None
            if not more:
                raise Stop(RIG, "QEMU has exited")
            self.pending += more
        packet, rest = self.pending.split(b"#", 1)
        self.pending = rest[2:]
        self.socket.sendall(b"+")
        return packet.lstrip(b"+").removeprefix(b"$").decode()

    def ask(self, command, timeout=CONNECT):
        self.socket.sendall(b"$%b#%02x" % (command.encode(), sum(command.encode()) & 255))
        return self.receive(timeout)

    def expect(self, command):
        answer = self.ask(command)
        if answer != "OK":
            raise Stop(RIG, f"QEMU's gdb stub answered {answer} to {command}")

    def go_to(self, addresses, timeout):
        """Lets the guest run to one of these addresses and returns which; the current one counts
        only when it is reached again."""
        self.ask("s")       # move off the current address
        for address in addresses:
            self.expect(f"Z1,{address:x},1")
        answer = self.ask("c", timeout)
        for address in addresses:
            self.expect(f"z1,{address:x},1")
        at = self.register(RIP)
        if not answer.startswith("T05") or at not in addresses:
            raise Stop(RIG, f"the guest stopped elsewhere, at {at:#x}: {answer}")
        return at

    def register(self, number):
        """The value of a general register, by its number in gdb's order."""
        return int.from_bytes(bytes.fromhex(self.ask("g")[16 * number:16 * (number + 1)]), "little")

    def word(self, address):
        """Eight bytes of guest memory at a virtual address."""
        answer = self.ask(f"m{address:x},8")
        if len(answer) != 16:
            raise Stop(RIG, f"cannot read guest memory at {address:#x}: {answer}")
        return int.from_bytes(bytes.fromhex(answer), "little")
