// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has to move in pfn space in early boot.
 *
 * RAM that the builder has put where dom0's memory map has a hole: its frames
 * get pfns elsewhere.
 *
 * Memory-mapped firmware areas (ACPI NVS) that lie where the kernel is.  Such
 * an area gets pfns elsewhere, whose entries name its machine frames; ACPI,
 * which goes by machine addresses, is redirected.  The entries carry the
 * foreign bit: without it a reader outside would take the frames for RAM of
 * the domain.
 */
#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/pgtable.h>
#include <linux/printk.h>

#include <asm/e820/types.h>
#include <asm/xen/hypercall.h>
#include <xen/hvc-console.h>
#include <xen/page.h>

#include "xen-ops.h"
#include "p2m.h"

/* RAM */

#define XEN_MOVE_BATCH	128

static struct mmu_update xen_move_updates[2 * XEN_MOVE_BATCH] __initdata;

/*
 * What Xen has to know of the first few frames, m2p and direct map.  Their
 * entries of the direct map lie in one table.
 */
static int __init xen_p2m_move_batch(unsigned long pfn,
				     const unsigned long *mfns, unsigned int nr)
{
	struct mmu_update *update = xen_move_updates;
	pte_t *pte = xen_p2m_direct_entry(pfn);
	phys_addr_t entry;
	unsigned int i;

	/* mem= has cut it off. */
	if (!pte)
		return -EFAULT;

	entry = virt_to_machine(pte).maddr;
	for (i = 0; i < nr; i++, entry += sizeof(pte_t)) {
		*update++ = (struct mmu_update) {
			.ptr = PFN_PHYS(mfns[i]) | MMU_MACHPHYS_UPDATE,
			.val = pfn + i,
		};
		*update++ = (struct mmu_update) {
			.ptr = entry | MMU_NORMAL_PT_UPDATE,
			.val = pte_val_ma(mfn_pte(mfns[i], PAGE_KERNEL)),
		};
	}

	return HYPERVISOR_mmu_update(xen_move_updates, 2 * nr, NULL, DOMID_SELF);
}

/* How many frames go into one batch that begins at @pfn. */
static unsigned int __init xen_p2m_batch(unsigned long pfn, unsigned int nr)
{
	return min3(nr, (unsigned int)XEN_MOVE_BATCH,
		    (unsigned int)(PTRS_PER_PTE - pfn % PTRS_PER_PTE));
}

static int __init xen_p2m_try_move(unsigned long pfn, const unsigned long *mfns,
				   unsigned int nr)
{
	unsigned int i, batch;
	int err;

	err = xen_p2m_reserve(pfn, nr);
	for (i = 0; i < nr && !err; i++)
		if (!__set_phys_to_machine(pfn + i, mfns[i]))
			err = -EIO;
	for (i = 0; i < nr && !err; i += batch) {
		batch = xen_p2m_batch(pfn + i, nr - i);
		err = xen_p2m_move_batch(pfn + i, mfns + i, batch);
	}

	return err;
}

/**
 * xen_p2m_move_frames - let frames of this domain have other pfns
 * @pfn: the first of the pfns; none holds a frame
 * @mfns: the frames
 * @nr: frames
 *
 * One hypercall for up to 128 frames.
 *
 * Context: early boot, after adoption.
 */
void __init xen_p2m_move_frames(unsigned long pfn, const unsigned long *mfns,
				unsigned int nr)
{
	int err = xen_p2m_try_move(pfn, mfns, nr);

	if (err)
		panic("xen/p2m: cannot move memory out of a hole to pfn %#lx (%d)%s\n",
		      pfn, err,
		      err == -ENOMEM ? "; give the domain more memory" : "");
}

/* Firmware areas */

/**
 * struct p2m_remap - an area that has moved
 * @maddr: where it is in machine memory
 * @paddr: where it is in pseudo-physical memory; same offset in the page
 * @size: bytes
 */
struct p2m_remap {
	phys_addr_t maddr;
	phys_addr_t paddr;
	size_t size;
};

/*
 * Each remap takes up an entry of the memory map, so there cannot be more
 * than that has.  Filled before there is any allocator.
 */
static struct p2m_remap xen_p2m_early_remaps[E820_MAX_ENTRIES] __initdata;

/* The remaps: the early array, then a copy of the right size. */
static struct p2m_remap *xen_p2m_remaps __ro_after_init;
static unsigned int xen_p2m_nr_remaps __ro_after_init;

static bool xen_p2m_remap_entries(const struct p2m_remap *remap)
{
	unsigned long pfn = PFN_DOWN(remap->paddr);
	unsigned long mfn = PFN_DOWN(remap->maddr);
	unsigned long end = PFN_UP(remap->paddr + remap->size);

	for (; pfn < end; pfn++, mfn++)
		if (!set_phys_to_machine(pfn, FOREIGN_FRAME(mfn)))
			return false;

	return true;
}

/**
 * xen_do_remap_nonram - enter all areas that have moved
 *
 * Context: early boot, after adoption.
 */
void __init xen_do_remap_nonram(void)
{
	size_t size = xen_p2m_nr_remaps * sizeof(*xen_p2m_remaps);
	struct p2m_remap *remaps;
	unsigned int i;

	if (!xen_p2m_nr_remaps)
		return;

	remaps = memblock_alloc(size, SMP_CACHE_BYTES);
	if (!remaps)
		panic("xen/p2m: no memory for %zu bytes of remaps; give the domain more memory\n",
		      size);
	memcpy(remaps, xen_p2m_early_remaps, size);
	xen_p2m_remaps = remaps;

	for (i = 0; i < xen_p2m_nr_remaps; i++)
		if (!xen_p2m_remap_entries(&remaps[i]))
			panic("xen/p2m: no memory to remap %pa; give the domain more memory\n",
			      &remaps[i].maddr);

	pr_info("xen/p2m: remapped %u firmware area(s)\n", xen_p2m_nr_remaps);
}

/**
 * xen_p2m_is_remapped - does a pfn stand for a firmware area that has moved?
 * @pfn: any number
 *
 * Context: any.
 */
bool xen_p2m_is_remapped(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < xen_p2m_nr_remaps; i++) {
		const struct p2m_remap *remap = &xen_p2m_remaps[i];

		if (pfn >= PFN_DOWN(remap->paddr) &&
		    pfn < PFN_UP(remap->paddr + remap->size))
			return true;
	}

	return false;
}

#ifdef CONFIG_ACPI
/*
 * Where a machine address range is in pseudo-physical memory.  A range that
 * is partly in a moved area has no such place.
 */
static bool xen_p2m_redirect(acpi_physical_address *phys, acpi_size size)
{
	phys_addr_t end = *phys + size;
	unsigned int i;

	for (i = 0; i < xen_p2m_nr_remaps; i++) {
		const struct p2m_remap *remap = &xen_p2m_remaps[i];
		phys_addr_t remap_end = remap->maddr + remap->size;

		if (end <= remap->maddr || *phys >= remap_end)
			continue;
		if (*phys < remap->maddr || end > remap_end)
			return false;
		*phys += remap->paddr - remap->maddr;
		break;
	}

	return true;
}

static void __iomem *xen_acpi_os_ioremap(acpi_physical_address phys,
					 acpi_size size)
{
	if (!xen_p2m_redirect(&phys, size)) {
		pr_warn("xen/p2m: ACPI cannot map [%#llx, %#llx): partly moved\n",
			phys, phys + size);
		return NULL;
	}

	return x86_acpi_os_ioremap(phys, size);
}

static void __init xen_p2m_redirect_acpi(void)
{
	acpi_os_ioremap = xen_acpi_os_ioremap;
}
#else
static void __init xen_p2m_redirect_acpi(void)
{
}
#endif

/**
 * xen_add_remap_nonram - take down that a firmware area has to move
 * @maddr: its machine address
 * @paddr: the pseudo-physical address it gets, with the same offset in a page
 * @size: bytes
 *
 * Context: early boot, before there is any allocator.
 */
void __init xen_add_remap_nonram(phys_addr_t maddr, phys_addr_t paddr,
				 unsigned long size)
{
	static const char no_remap[] __initconst =
		"xen/p2m: cannot move a firmware area; change the load address\n";

	if (offset_in_page(maddr) != offset_in_page(paddr) ||
	    xen_p2m_nr_remaps == ARRAY_SIZE(xen_p2m_early_remaps)) {
		xen_raw_console_write(no_remap);
		panic(no_remap);
	}

	xen_p2m_early_remaps[xen_p2m_nr_remaps++] = (struct p2m_remap) {
		.maddr = maddr, .paddr = paddr, .size = size,
	};
	xen_p2m_remaps = xen_p2m_early_remaps;
	xen_p2m_redirect_acpi();
}
