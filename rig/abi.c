// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiled, never run: does Xen, as packaged in libxen-dev, have the fields
 * of arch_shared_info where our kernel has them?
 * Needs -Iarch/x86/xen and no more than -fsyntax-only.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>

#include "p2m-abi.h"
