# SPDX-License-Identifier: GPL-2.0-only
"""
Guests that are larger than this machine: what QEMU's machine has to have for
them, and what it takes of this one. Nobody fills them; what they touch is what
describes their pages.
"""

from .common import kib

# Bytes for each page: Xen's frame table and m2p (40), page structs (64), the list (8), ...
TOUCHED = 135


def machine(*guests):
    """The memory for these guests together, and for Xen that describes it: 1.2%, and what it is itself."""
    needed = sum(kib(guest) for guest in guests)
    return f"{(needed + needed * 12 // 1000 >> 10) + 1024}M"


def needs(memory, filled):
    """What a machine of this memory takes of ours, with guests of which so much is filled."""
    return f"{((kib(memory) // 4 * TOUCHED) >> 20) + (kib(filled) >> 10)}M"
