/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame numbers of a Xen guest, and the fast path between them.
 *
 * The whole kernel includes this: drivers, and kernels that run as HVM, PVH
 * or native guests, for which every conversion here is the identity.  The
 * list itself, and all that is not a single load, lives in arch/x86/xen/p2m*.
 *
 * pfn: pseudo-physical, what this kernel calls a page frame.  mfn: machine,
 * what the hardware and a PV page table use.  gfn: what a hypercall takes, an
 * mfn in a PV guest and a pfn in any other.  bfn: what a device takes.
 */
#ifndef _ASM_X86_XEN_PAGE_H
#define _ASM_X86_XEN_PAGE_H

#include <linux/kcsan-checks.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <linux/spinlock.h>
#include <linux/pfn.h>
#include <linux/mm.h>
#include <linux/device.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include <asm/page.h>
#include <asm/xen/p2m.h>

#include <xen/interface/xen.h>
#include <xen/features.h>
#include <xen/xen.h>

/* An address in machine memory, and one in pseudo-physical memory. */
struct xmaddr {
	phys_addr_t maddr;
};

typedef struct xmaddr xmaddr_t;

struct xpaddr {
	phys_addr_t paddr;
};

typedef struct xpaddr xpaddr_t;

#define XMADDR(x)	((xmaddr_t) { .maddr = (x) })
#define XPADDR(x)	((xpaddr_t) { .paddr = (x) })

#ifdef CONFIG_X86_64
#define XEN_PHYSICAL_MASK	__sme_clr((1UL << 52) - 1)
#else
#define XEN_PHYSICAL_MASK	__PHYSICAL_MASK
#endif

/* The frame bits of a page-table entry that holds an mfn. */
#define XEN_PTE_MFN_MASK \
	((pteval_t)(((signed long)PAGE_MASK) & XEN_PHYSICAL_MASK))

/*
 * What a lookup returns.  The list holds an mfn, an mfn with the foreign bit,
 * or all ones, and nothing else: readers outside understand no more.  The
 * identity bit is only in answers and in what is asked to be set (and in the list
 * that the domain builder made, until the kernel adopts it).
 */
#define INVALID_P2M_ENTRY	(~0UL)
#define FOREIGN_FRAME_BIT	(1UL << (BITS_PER_LONG - 1))
#define IDENTITY_FRAME_BIT	(1UL << (BITS_PER_LONG - 2))
#define FOREIGN_FRAME(m)	((m) | FOREIGN_FRAME_BIT)
#define IDENTITY_FRAME(m)	((m) | IDENTITY_FRAME_BIT)

/* Entries of one leaf, that is, of one page of the list. */
#define P2M_PER_PAGE		(PAGE_SIZE / sizeof(unsigned long))

/* Xen's machine-to-pfn table: read-only, with holes, @nr entries at most. */
extern unsigned long *machine_to_phys_mapping;
extern unsigned long machine_to_phys_nr;

/*
 * The list: xen_p2m_size entries at xen_p2m_addr; up to xen_max_p2m_pfn in early
 * boot, when extra memory lies beyond the builder's list.  Written in boot only.
 * crash looks xen_p2m_addr up in a dump, so its name stays.
 */
extern unsigned long *xen_p2m_addr;
extern unsigned long xen_p2m_size;
extern unsigned long xen_max_p2m_pfn;

unsigned long get_phys_to_machine(unsigned long pfn);

#ifdef CONFIG_XEN_PV
/*
 * READ_ONCE() of an entry below xen_p2m_size.  Entries change at any time, so
 * each call is one load: volatile keeps two from becoming one, and one from
 * being done before the caller has compared @pfn.  READ_ONCE() itself takes an
 * instruction more (gcc 12): it keeps the compiler from folding the address.
 */
static __always_inline unsigned long xen_p2m_entry(unsigned long pfn)
{
	unsigned long entry;

	kcsan_check_atomic_read(&xen_p2m_addr[pfn], sizeof(entry));
	asm volatile("mov %1, %0" : "=r" (entry) : "m" (xen_p2m_addr[pfn]));
	return entry;
}
#endif

/**
 * __pfn_to_mfn - the answer of the list for a pfn, with its marking bit
 * @pfn: any number
 *
 * One load where there is a frame.  All ones means "nothing or identity" and
 * is settled out of line, as is a pfn past the end.
 *
 * Context: any, NMI included; takes no lock.
 * Return: an mfn, FOREIGN_FRAME(mfn), IDENTITY_FRAME(pfn), or
 * INVALID_P2M_ENTRY.
 */
#ifdef CONFIG_XEN_PV
static inline unsigned long __pfn_to_mfn(unsigned long pfn)
{
	if (likely(pfn < xen_p2m_size)) {
		unsigned long mfn = xen_p2m_entry(pfn);

		if (likely(mfn != INVALID_P2M_ENTRY))
			return mfn;
	}

	return get_phys_to_machine(pfn);
}
#else
static inline unsigned long __pfn_to_mfn(unsigned long pfn)
{
	return pfn;
}
#endif

/**
 * pfn_to_mfn - the machine frame of a pfn, without marking bits
 * @pfn: any number
 *
 * Context: any.
 * Return: an mfn, or INVALID_P2M_ENTRY; @pfn itself unless PV.
 */
static inline unsigned long pfn_to_mfn(unsigned long pfn)
{
	unsigned long mfn;

	if (!xen_pv_domain())
		return pfn;

	mfn = __pfn_to_mfn(pfn);
	if (mfn == INVALID_P2M_ENTRY)
		return mfn;

	return mfn & ~(FOREIGN_FRAME_BIT | IDENTITY_FRAME_BIT);
}

/* Is there anything behind @pfn: own, foreign or identity? */
static inline int phys_to_machine_mapping_valid(unsigned long pfn)
{
	return !xen_pv_domain() ||
	       __pfn_to_mfn(pfn) != INVALID_P2M_ENTRY;
}

/*
 * What Xen's table says of @mfn, unchecked: a pfn of this domain or of the
 * frame's owner, or ~0 where the table ends or has a hole, which faults.
 */
static inline unsigned long mfn_to_pfn_no_overrides(unsigned long mfn)
{
	unsigned long pfn;

	if (unlikely(mfn >= machine_to_phys_nr))
		return ~0UL;

	__get_kernel_nofault(&pfn, &machine_to_phys_mapping[mfn],
			     unsigned long, hole);
	return pfn;
hole:
	return ~0UL;
}

/*
 * The pfn whose entry is the unmarked @mfn, or ~0.  The pfn comes from Xen's
 * table, where another domain may have put it, and indexes our list: clamp it
 * against speculation.
 */
static inline unsigned long mfn_to_own_pfn(unsigned long mfn)
{
	unsigned long pfn = mfn_to_pfn_no_overrides(mfn);
#ifdef CONFIG_XEN_PV
	unsigned long entry;

	if (unlikely(pfn >= xen_p2m_size))
		return ~0UL;

	pfn = array_index_nospec(pfn, xen_p2m_size);
	entry = xen_p2m_entry(pfn);
	if (likely(entry == mfn))
		return pfn;
	/* All ones may be a stale translation: growth does not flush. */
	if (entry != INVALID_P2M_ENTRY || get_phys_to_machine(pfn) != mfn)
		return ~0UL;
#endif
	return pfn;
}

/**
 * mfn_to_pfn - the pfn of a machine frame that is ours or identity mapped
 * @mfn: any number
 *
 * Context: any.
 * Return: the pfn, or ~0 where the frame is somebody else's; @mfn itself
 * unless PV.
 */
static inline unsigned long mfn_to_pfn(unsigned long mfn)
{
	unsigned long pfn;

	if (!xen_pv_domain())
		return mfn;

	pfn = mfn_to_own_pfn(mfn);
	if (unlikely(pfn == ~0UL) && __pfn_to_mfn(mfn) == IDENTITY_FRAME(mfn))
		pfn = mfn;

	return pfn;
}

static inline xmaddr_t phys_to_machine(xpaddr_t phys)
{
	phys_addr_t frame = PFN_PHYS(pfn_to_mfn(PFN_DOWN(phys.paddr)));

	return XMADDR(frame | offset_in_page(phys.paddr));
}

static inline xpaddr_t machine_to_phys(xmaddr_t machine)
{
	phys_addr_t frame = PFN_PHYS(mfn_to_pfn(PFN_DOWN(machine.maddr)));

	return XPADDR(frame | offset_in_page(machine.maddr));
}

static inline unsigned long pfn_to_gfn(unsigned long pfn)
{
	return pfn_to_mfn(pfn);
}

static inline unsigned long gfn_to_pfn(unsigned long gfn)
{
	return mfn_to_pfn(gfn);
}

#define pfn_to_bfn(pfn)		pfn_to_gfn(pfn)
#define bfn_to_pfn(bfn)		gfn_to_pfn(bfn)

/**
 * bfn_to_local_pfn - the pfn of a frame that is RAM of this domain
 * @mfn: any number
 *
 * Context: any.
 * Return: the pfn, or ~0, which no pfn_valid() accepts, for foreign, identity
 * and unknown frames; @mfn itself unless PV.
 */
static inline unsigned long bfn_to_local_pfn(unsigned long mfn)
{
	if (!xen_pv_domain())
		return mfn;

	return mfn_to_own_pfn(mfn);
}

static inline unsigned long virt_to_pfn(const void *v)
{
	return PFN_DOWN(__pa(v));
}

#define virt_to_machine(v)	(phys_to_machine(XPADDR(__pa(v))))
#define virt_to_mfn(v)		(pfn_to_mfn(virt_to_pfn(v)))
#define mfn_to_virt(m)		(__va(mfn_to_pfn(m) << PAGE_SHIFT))
#define virt_to_gfn(v)		(pfn_to_gfn(virt_to_pfn(v)))
#define gfn_to_virt(g)		(__va(gfn_to_pfn(g) << PAGE_SHIFT))

/* Page-table entries as the hardware sees them, with machine frames. */
static inline unsigned long pte_mfn(pte_t pte)
{
	return (pte.pte & XEN_PTE_MFN_MASK) >> PAGE_SHIFT;
}

static inline pte_t mfn_pte(unsigned long mfn, pgprot_t prot)
{
	return (pte_t) { .pte = PFN_PHYS(mfn) | massage_pgprot(prot) };
}

static inline pteval_t pte_val_ma(pte_t pte)
{
	return pte.pte;
}

static inline pte_t __pte_ma(pteval_t val)
{
	return (pte_t) { .pte = val };
}

#define __pmd_ma(x)	((pmd_t) { (x) })
#define pmd_val_ma(v)	((v).pmd)

#ifdef __PAGETABLE_PUD_FOLDED
#define pud_val_ma(v)	((v).p4d.pgd.pgd)
#else
#define pud_val_ma(v)	((v).pud)
#endif

#ifdef __PAGETABLE_P4D_FOLDED
#define p4d_val_ma(v)	((v).pgd.pgd)
#else
#define p4d_val_ma(v)	((v).p4d)
#endif

xmaddr_t arbitrary_virt_to_machine(void *address);
unsigned long arbitrary_virt_to_mfn(void *vaddr);
void make_lowmem_page_readonly(void *vaddr);
void make_lowmem_page_readwrite(void *vaddr);

static inline bool xen_arch_need_swiotlb(struct device *dev, phys_addr_t phys,
					 dma_addr_t dev_addr)
{
	return false;
}

#endif /* _ASM_X86_XEN_PAGE_H */
