/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The x86 part of the shared info page, as it is since Xen 4.6 (the tools read
 * the linear list since 4.7): what a PV guest tells programs outside about its
 * pfn-to-mfn list.  Names and layout are Xen's (public/arch-x86/xen.h); what
 * each reader demands is in the project's docs/readers.md.
 */
#ifndef __XEN_PUBLIC_ARCH_X86_XEN_H__
#define __XEN_PUBLIC_ARCH_X86_XEN_H__

#ifndef __ASSEMBLY__

/**
 * struct arch_shared_info - where and how a reader finds the list
 * @max_pfn: number of entries a reader may look at, a count and not the last
 *	pfn.  At least the highest populated pfn plus one; never falls.
 * @pfn_to_mfn_frame_list_list: mfn of the top page of the 3-level frame tree.
 *	0: not set up yet.  ~0: no tree, because the list is too long for one;
 *	a reader that knows trees only has to stop.
 * @nmi_reason: set by Xen.
 * @p2m_cr3: address space in which @p2m_vaddr is valid, in the format of a
 *	vcpu's cr3.  0 says that the linear list is not published; any other
 *	value is the go-ahead for @p2m_vaddr and @p2m_generation, so a guest
 *	writes it last.
 * @p2m_vaddr: virtual address of the linear list, @max_pfn entries.
 * @p2m_generation: odd while the mapping of the list is being changed, and
 *	two more after each change.  It says nothing about the values of the
 *	entries: these change at any time, each by one atomic store.
 * @wc_sec_hi: upper half of the wall clock; 32-bit guests only.
 */
struct arch_shared_info {
	unsigned long max_pfn;
	xen_pfn_t pfn_to_mfn_frame_list_list;
	unsigned long nmi_reason;
	unsigned long p2m_cr3;
	unsigned long p2m_vaddr;
	unsigned long p2m_generation;
#ifdef CONFIG_X86_32
	u32 wc_sec_hi;
#endif
};

#endif /* !__ASSEMBLY__ */

#endif /* __XEN_PUBLIC_ARCH_X86_XEN_H__ */
