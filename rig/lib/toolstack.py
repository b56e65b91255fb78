# SPDX-License-Identifier: GPL-2.0-only
"""
What a run with Xen's toolstack in dom0 takes along: our reader, and the modules
that its guests load.
"""

from . import modules, reader

MODULES = ("p2m_look", "p2m_suspend", "p2m_grant", "p2m_grow")


def build(tree):
    """Builds them anew where they are out of date, for a kernel tree."""
    reader.build()
    for name in MODULES:
        modules.build(name, tree)


def arguments(tree):
    """The arguments of the job run for them."""
    return ["--toolstack", f"--file={reader.PLACE}/xen-p2m",
            *(f"--file={modules.place(name, tree)}" for name in MODULES)]
