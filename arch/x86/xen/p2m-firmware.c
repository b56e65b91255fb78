// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware areas (ACPI NVS) that lie where the kernel is, and so have to move
 * in early boot.  Such an area gets pfns elsewhere, whose entries name its
 * machine frames; ACPI, which goes by machine addresses, is redirected.  The
 * entries carry the foreign bit: without it a reader outside would take the
 * frames for RAM of the domain.
 */
#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/printk.h>

#include <asm/e820/types.h>
#include <xen/p2m.h>
#include <xen/page.h>

#include "xen-ops.h"
#include "p2m.h"

/**
 * struct xen_p2m_area - a firmware area that has moved
 * @maddr: where it is in machine memory
 * @paddr: where it is in pseudo-physical memory; same offset in the page
 * @size: bytes
 */
struct xen_p2m_area {
	phys_addr_t maddr;
	phys_addr_t paddr;
	size_t size;
};

/*
 * Each area is an entry of the memory map, so there are no more of them than
 * that can hold.  Filled before there is any allocator.
 */
static struct xen_p2m_area xen_p2m_early_areas[E820_MAX_ENTRIES] __initdata;

/* The areas: the early array, then a copy of the right size. */
static struct xen_p2m_area *xen_p2m_areas __ro_after_init;
static unsigned int xen_p2m_nr_areas __ro_after_init;

/**
 * xen_p2m_firmware_entry - what the list will say of a pfn beyond its end
 * @pfn: not RAM
 *
 * ACPI maps tables long before the areas are entered.
 *
 * Context: early boot, before adoption.
 * Return: the frame of the area that the pfn stands for, or identity.
 */
unsigned long __init xen_p2m_firmware_entry(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < xen_p2m_nr_areas; i++) {
		const struct xen_p2m_area *area = &xen_p2m_areas[i];
		unsigned long first = PFN_DOWN(area->paddr);

		if (pfn >= first && pfn < PFN_UP(area->paddr + area->size))
			return FOREIGN_FRAME(PFN_DOWN(area->maddr) + pfn - first);
	}

	return IDENTITY_FRAME(pfn);
}

static bool __init xen_p2m_enter_area(const struct xen_p2m_area *area)
{
	unsigned long pfn = PFN_DOWN(area->paddr);
	unsigned long mfn = PFN_DOWN(area->maddr);
	unsigned long end = PFN_UP(area->paddr + area->size);

	for (; pfn < end; pfn++, mfn++)
		if (!set_phys_to_machine(pfn, FOREIGN_FRAME(mfn)))
			return false;

	return true;
}

/**
 * xen_do_remap_nonram - enter all firmware areas that have moved
 *
 * Context: early boot, after adoption.
 */
void __init xen_do_remap_nonram(void)
{
	size_t size = xen_p2m_nr_areas * sizeof(*xen_p2m_areas);
	struct xen_p2m_area *areas;
	unsigned int i;

	if (!xen_p2m_nr_areas)
		return;

	areas = memblock_alloc(size, SMP_CACHE_BYTES);
	if (!areas)
		xen_p2m_panic("no memory for firmware areas; give the domain more memory\n");
	memcpy(areas, xen_p2m_early_areas, size);
	xen_p2m_areas = areas;

	for (i = 0; i < xen_p2m_nr_areas; i++)
		if (!xen_p2m_enter_area(&areas[i]))
			xen_p2m_panic("no memory to remap %pa; give the domain more memory\n",
				      &areas[i].maddr);

	pr_info("xen/p2m: remapped %u firmware area(s)\n", xen_p2m_nr_areas);
}

/* How many pfns of an area stand for the frame that they should. */
static unsigned long xen_p2m_area_pfns(const struct xen_p2m_area *area)
{
	unsigned long pfn = PFN_DOWN(area->paddr);
	unsigned long mfn = PFN_DOWN(area->maddr);
	unsigned long end = PFN_UP(area->paddr + area->size);
	unsigned long nr = 0;

	for (; pfn < end; pfn++, mfn++)
		nr += __pfn_to_mfn(pfn) == FOREIGN_FRAME(mfn);

	return nr;
}

/**
 * xen_p2m_firmware_pfns - count pfns that stand for firmware areas
 *
 * Context: any.
 * Return: pfns whose entry is the frame of the area that they stand for.
 */
unsigned long xen_p2m_firmware_pfns(void)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < xen_p2m_nr_areas; i++)
		nr += xen_p2m_area_pfns(&xen_p2m_areas[i]);

	return nr;
}

#ifdef CONFIG_ACPI
/**
 * xen_acpi_moved - whether memory of the firmware has moved
 * @pfn: the number of a machine frame.  The memory map has RAM of the kernel
 *	where it was, so that page_is_ram() says nothing about it.
 *
 * Context: any.
 * Return: true if ACPI reaches it by acpi_os_ioremap() only.
 */
bool xen_acpi_moved(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < xen_p2m_nr_areas; i++) {
		const struct xen_p2m_area *area = &xen_p2m_areas[i];

		if (pfn >= PFN_DOWN(area->maddr) &&
		    pfn < PFN_UP(area->maddr + area->size))
			return true;
	}

	return false;
}

/**
 * xen_acpi_redirect - find a machine address range in pseudo-physical memory
 * @maddr: its machine address; set to the pseudo-physical address if it has
 *	moved
 * @size: bytes
 *
 * Context: any.
 * Return: false if the range is partly in an area that has moved, so that it
 * has no such address.
 */
bool xen_acpi_redirect(u64 *maddr, u64 size)
{
	phys_addr_t end = *maddr + size;
	unsigned int i;

	for (i = 0; i < xen_p2m_nr_areas; i++) {
		const struct xen_p2m_area *area = &xen_p2m_areas[i];
		phys_addr_t area_end = area->maddr + area->size;

		if (end <= area->maddr || *maddr >= area_end)
			continue;
		if (*maddr < area->maddr || end > area_end) {
			pr_warn("xen/p2m: ACPI cannot map [%#llx, %#llx): partly moved\n",
				*maddr, end);
			return false;
		}
		*maddr += area->paddr - area->maddr;
		break;
	}

	return true;
}

static void __iomem *xen_acpi_os_ioremap(acpi_physical_address phys,
					 acpi_size size)
{
	return xen_acpi_redirect(&phys, size) ?
	       x86_acpi_os_ioremap(phys, size) : NULL;
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
 * xen_add_remap_nonram - record that a firmware area has to move
 * @maddr: its machine address
 * @paddr: the pseudo-physical address it gets, with the same offset in a page
 * @size: bytes
 *
 * Context: early boot, before there is any allocator.
 */
void __init xen_add_remap_nonram(phys_addr_t maddr, phys_addr_t paddr,
				 unsigned long size)
{
	if (offset_in_page(maddr) != offset_in_page(paddr) ||
	    xen_p2m_nr_areas == ARRAY_SIZE(xen_p2m_early_areas))
		xen_p2m_panic("cannot move a firmware area; change the load address\n");

	xen_p2m_early_areas[xen_p2m_nr_areas++] = (struct xen_p2m_area) {
		.maddr = maddr, .paddr = paddr, .size = size,
	};
	xen_p2m_areas = xen_p2m_early_areas;
	xen_p2m_redirect_acpi();
}
