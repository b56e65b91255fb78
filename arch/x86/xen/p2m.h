/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The p2m list of this domain: what the files arch/x86/xen/p2m*.c share.
 * Everybody else includes <asm/xen/page.h>.
 *
 * There are two layers:
 *
 *   p2m/        the engine, names p2m_*: any list, on the memory and operations
 *               that it is given.  It makes no hypercall, and its objects
 *               refer to no symbol of this domain (make checks of the project
 *               holds that).  Begin with p2m/list.h: the data, a picture of
 *               it, and the numbered invariants.
 *   p2m*.c      this domain, names xen_p2m_* and those that the kernel knows:
 *               the one list that the kernel lives by, and all that speaks
 *               with Xen.
 *
 *   p2m.c           the list, and what the rest of the kernel calls
 *   p2m-ops.c       the operations that it hands to the engine
 *   p2m-boot.c      the list in early boot, until it is adopted
 *   p2m-builder.c   the frames that the domain builder's list lies in
 *   p2m-move.c      RAM that moves out of holes of the memory map
 *   p2m-unused.c    frames that Linux does not use, which go back to Xen
 *   p2m-firmware.c  firmware areas that move out of the kernel's way
 *   p2m-balloon.c   pages that get and lose frames at run time
 *   p2m-grant.c     pages that stand for other domains' frames
 *   p2m-debugfs.c   what people can look at
 *
 * A lower layer never calls a higher one: page.h may be used by both, and the
 * engine asks for what it cannot know through struct p2m_ops.
 */
#ifndef _XEN_P2M_H
#define _XEN_P2M_H

#include "p2m/list.h"
#include "p2m/lookup.h"

struct p2m_builder;

/* p2m.c */
extern struct p2m_list xen_p2m;

/* p2m-ops.c */
extern const struct p2m_ops xen_p2m_ops;
pte_t *xen_p2m_direct_entry(unsigned long pfn);

/* p2m-boot.c */
unsigned long xen_p2m_early_lookup(unsigned long pfn);
bool xen_p2m_early_set(unsigned long pfn, unsigned long mfn);
bool xen_p2m_early_is_identity(unsigned long pfn, unsigned long end);

/* p2m-builder.c */
unsigned long *xen_p2m_builder_leaf(unsigned long *entries);
void xen_p2m_builder_release(struct p2m_list *list,
			     const struct p2m_builder *builder);

/* p2m-unused.c */
unsigned long xen_p2m_return_frames(xen_pfn_t *mfns, unsigned int nr);
void xen_p2m_drop_unused(void);

/* p2m-firmware.c */
unsigned long xen_p2m_firmware_entry(unsigned long pfn);
unsigned long xen_p2m_firmware_pfns(void);

/* p2m-grant.c */
bool xen_p2m_page_is_free(struct page *page);

#endif /* _XEN_P2M_H */
