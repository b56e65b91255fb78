# SPDX-License-Identifier: GPL-2.0-only
"""
What a run with Xen's toolstack adds to the guests: xen-p2m and the modules.
"""

from . import modules, reader

MODULES = ("p2m_look", "p2m_suspend", "p2m_grant", "p2m_grow", "p2m_starve")


def build(tree):
    """Builds xen-p2m, and the modules for a kernel tree, if they are out of date."""
    reader.build()
    for name in MODULES:
        modules.build(name, tree)


def arguments(tree):
    """The arguments for the job run."""
    return ["--toolstack", f"--file={reader.PLACE}/xen-p2m",
            *(f"--file={modules.place(name, tree)}" for name in MODULES)]
