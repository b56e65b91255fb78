# SPDX-License-Identifier: GPL-2.0-only
"""
Guests that are larger than the host: how much memory the emulated machine needs
for them, and how much of the host they really use. They are never filled; they
mainly touch what describes their pages.
"""

from .common import kib

# Bytes for each page: Xen's frame table and m2p (40), page structs (64), the list (8), ...
TOUCHED = 135


def machine(*guests):
    """Memory for these guests and for Xen: 1.2% to describe their pages, and Xen itself."""
    needed = sum(kib(guest) for guest in guests)
    return f"{(needed + needed * 12 // 1000 >> 10) + 1024}M"


def needs(memory, filled):
    """Host memory for a machine of this size, whose guests fill so much of theirs."""
    return f"{((kib(memory) // 4 * TOUCHED) >> 20) + (kib(filled) >> 10)}M"
