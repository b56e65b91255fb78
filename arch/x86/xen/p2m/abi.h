/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of struct arch_shared_info, asserted for whichever declaration
 * has been included before: ours in the kernel (publish.c), and on the host
 * Xen's public one (tools/xen-p2m/test/abi.c of the project).
 */
#ifndef _XEN_P2M_ABI_H
#define _XEN_P2M_ABI_H

#define P2M_ABI_FIELD(field, offset) \
	static_assert(offsetof(struct arch_shared_info, field) == (offset), \
		       #field)

P2M_ABI_FIELD(max_pfn, 0);
P2M_ABI_FIELD(pfn_to_mfn_frame_list_list, 8);
P2M_ABI_FIELD(nmi_reason, 16);
P2M_ABI_FIELD(p2m_cr3, 24);
P2M_ABI_FIELD(p2m_vaddr, 32);
P2M_ABI_FIELD(p2m_generation, 40);
static_assert(sizeof(struct arch_shared_info) == 48, "arch_shared_info");

#endif /* _XEN_P2M_ABI_H */
