// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiled, never run: does Xen, as packaged in libxen-dev, have the fields of
 * struct arch_shared_info where our kernel has them?  LAYOUT is the kernel's
 * header that asserts it.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>

#include LAYOUT
