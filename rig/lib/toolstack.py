# SPDX-License-Identifier: GPL-2.0-only
"""
What a run with Xen's toolstack in dom0 takes along: our reader, and the modules
that its guests load.
"""

from . import modules, reader

MODULES = ("p2m_look", "p2m_suspend", "p2m_grant", "p2m_grow")


def build():
    """Builds them anew where they are out of date, for the tree that the knobs name."""
    reader.build()
    for name in MODULES:
        modules.build(name)


def arguments():
    """The arguments of the job run for them."""
    return ["--toolstack", f"--file={reader.PLACE}/xen-p2m",
            *(f"--file={modules.place(name)}" for name in MODULES)]
