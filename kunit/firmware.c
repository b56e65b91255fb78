// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suite xen_p2m_firmware: ACPI's mappings of firmware areas that have moved out
 * of dom0's way.  Which have is worked out from Xen's memory map and the
 * kernel's resources, not from our record.  Skipped where none has.
 */
#include <kunit/test.h>
#include <linux/acpi.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>

#include <asm/e820/types.h>
#include <asm/fixmap.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>
#include <xen/interface/memory.h>
#include <xen/xen.h>

#define FIRMWARE_WORD	0x5ea1f1123a4eba5eULL

/* ACPI NVS of the machine where the kernel has RAM. */
struct firmware {
	unsigned int nr;
	struct e820_entry areas[E820_MAX_ENTRIES];
};

static int firmware_read_map(struct firmware *fw)
{
	struct xen_memory_map map = { .nr_entries = ARRAY_SIZE(fw->areas) };
	unsigned int i;
	int err;

	set_xen_guest_handle(map.buffer, fw->areas);
	err = HYPERVISOR_memory_op(XENMEM_machine_memory_map, &map);
	for (i = 0; i < map.nr_entries && !err; i++)
		if (fw->areas[i].type == E820_TYPE_NVS &&
		    page_is_ram(PFN_DOWN(fw->areas[i].addr)))
			fw->areas[fw->nr++] = fw->areas[i];

	return err;
}

static int firmware_init(struct kunit *test)
{
	struct firmware *fw;

	if (!xen_pv_domain() || !xen_initial_domain())
		kunit_skip(test, "not a PV dom0");

	fw = kunit_kzalloc(test, sizeof(*fw), GFP_KERNEL);
	if (!fw)
		return -ENOMEM;
	if (firmware_read_map(fw))
		return -EIO;
	if (!fw->nr)
		kunit_skip(test, "no firmware area has moved");

	test->priv = fw;
	return 0;
}

/* Every page of a mapping has the frame of its machine address. */
static void firmware_expect_frames(struct kunit *test, void *virt, u64 maddr,
				   u64 size)
{
	u64 done, step;

	for (done = 0; done < size; done += step) {
		step = min_t(u64, size - done,
			     PAGE_SIZE - offset_in_page(maddr + done));
		KUNIT_EXPECT_EQ_MSG(test, arbitrary_virt_to_mfn(virt + done),
				    PFN_DOWN(maddr + done), "%#llx of %#llx+%#llx",
				    maddr + done, maddr, size);
	}
}

static void firmware_expect_mapped(struct kunit *test, u64 maddr, u64 size)
{
	void __iomem *virt = acpi_os_map_iomem(maddr, size);

	KUNIT_EXPECT_NOT_NULL_MSG(test, (void __force *)virt, "%#llx+%#llx",
				  maddr, size);
	if (!virt)
		return;
	firmware_expect_frames(test, (void __force *)virt, maddr, size);
	acpi_os_unmap_iomem(virt, size);
}

static void p2m_acpi_maps_each_page(struct kunit *test)
{
	struct firmware *fw = test->priv;
	unsigned int i;
	u64 offset;

	for (i = 0; i < fw->nr; i++)
		for (offset = 0; offset < fw->areas[i].size; offset += PAGE_SIZE)
			firmware_expect_mapped(test, fw->areas[i].addr + offset,
					       PAGE_SIZE);
}

static void p2m_acpi_maps_more_than_a_page(struct kunit *test)
{
	struct firmware *fw = test->priv;
	unsigned int i;

	for (i = 0; i < fw->nr; i++) {
		firmware_expect_mapped(test, fw->areas[i].addr, fw->areas[i].size);
		if (fw->areas[i].size > PAGE_SIZE)
			firmware_expect_mapped(test, fw->areas[i].addr +
					       PAGE_SIZE - 4, 8);
	}
}

static void p2m_acpi_maps_generic_addresses(struct kunit *test)
{
	struct firmware *fw = test->priv;
	struct acpi_generic_address gas = {
		.space_id = ACPI_ADR_SPACE_SYSTEM_MEMORY, .bit_width = 64,
		.access_width = 4, .address = fw->areas[0].addr + 8,
	};
	void __iomem *virt = acpi_os_map_generic_address(&gas);

	KUNIT_ASSERT_NOT_NULL(test, (void __force *)virt);
	firmware_expect_frames(test, (void __force *)virt, gas.address, 8);
	acpi_os_unmap_generic_address(&gas);
}

/* A word is the same through ACPI and through a mapping of the bare frame. */
static void firmware_expect_word(struct kunit *test, u64 maddr, u64 *view)
{
	u64 before = READ_ONCE(*view), word = 0;

	KUNIT_EXPECT_EQ(test, acpi_os_write_memory(maddr, FIRMWARE_WORD, 64),
			AE_OK);
	KUNIT_EXPECT_EQ(test, READ_ONCE(*view), FIRMWARE_WORD);
	WRITE_ONCE(*view, ~FIRMWARE_WORD);
	KUNIT_EXPECT_EQ(test, acpi_os_read_memory(maddr, &word, 64), AE_OK);
	KUNIT_EXPECT_EQ(test, word, ~FIRMWARE_WORD);
	WRITE_ONCE(*view, before);
}

static void p2m_acpi_reads_what_is_there(struct kunit *test)
{
	struct firmware *fw = test->priv;
	unsigned int i;

	for (i = 0; i < fw->nr; i++) {
		u64 maddr = fw->areas[i].addr + fw->areas[i].size - 8;
		void __iomem *virt;

		/* This slot takes machine addresses; nobody else uses it. */
		set_fixmap(FIX_EARLYCON_MEM_BASE, maddr);
		firmware_expect_word(test, maddr, (u64 *)
				     (fix_to_virt(FIX_EARLYCON_MEM_BASE) +
				      offset_in_page(maddr)));

		/* ACPI goes through a mapping that it has. */
		virt = acpi_os_map_iomem(maddr, 8);
		KUNIT_EXPECT_NOT_NULL(test, (void __force *)virt);
		firmware_expect_word(test, maddr, (u64 *)
				     (fix_to_virt(FIX_EARLYCON_MEM_BASE) +
				      offset_in_page(maddr)));
		if (virt)
			acpi_os_unmap_iomem(virt, 8);
		clear_fixmap(FIX_EARLYCON_MEM_BASE);
	}
}

/* Beside an area is something else, which has not moved along. */
static void p2m_acpi_maps_no_half_area(struct kunit *test)
{
	struct firmware *fw = test->priv;
	unsigned int i;

	for (i = 0; i < fw->nr; i++) {
		u64 begin = fw->areas[i].addr, end = begin + fw->areas[i].size;

		KUNIT_EXPECT_NULL(test, (void __force *)
				  acpi_os_map_iomem(begin - PAGE_SIZE,
						    2 * PAGE_SIZE));
		KUNIT_EXPECT_NULL(test, (void __force *)
				  acpi_os_map_iomem(end - PAGE_SIZE,
						    2 * PAGE_SIZE));
	}
}

static void p2m_acpi_maps_ram_as_before(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void __iomem *virt;

	KUNIT_ASSERT_NOT_NULL(test, page);
	virt = acpi_os_map_iomem(page_to_phys(page), PAGE_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, (void __force *)virt, page_address(page));
	if (virt)
		acpi_os_unmap_iomem(virt, PAGE_SIZE);
	KUNIT_EXPECT_NULL(test, (void __force *)
			  acpi_os_map_iomem(page_to_phys(page), 2 * PAGE_SIZE));
	/* The unmapping is deferred, but does nothing for kmap(). */
	__free_page(page);
}

/* How many pages of a region, mapped as suspend maps it, have moved. */
static int firmware_count_moved(__u64 start, __u64 size, void *data)
{
	struct kunit *test = data;
	struct firmware *fw = test->priv;
	void __iomem *virt = acpi_os_ioremap(start, size);
	unsigned long mfn;
	unsigned int i;
	u64 offset;

	KUNIT_EXPECT_NOT_NULL(test, (void __force *)virt);
	for (offset = 0; virt && offset < size; offset += PAGE_SIZE) {
		mfn = arbitrary_virt_to_mfn((void __force *)virt + offset);
		for (i = 0; i < fw->nr; i++)
			if (PFN_PHYS(mfn) >= fw->areas[i].addr &&
			    PFN_PHYS(mfn) < fw->areas[i].addr + fw->areas[i].size)
				fw->areas[i].type++;
	}
	iounmap(virt);

	return 0;
}

static void p2m_nvs_is_saved_from_where_it_is(struct kunit *test)
{
	struct firmware *fw = test->priv;
	unsigned int i;

	for (i = 0; i < fw->nr; i++)
		fw->areas[i].type = 0;
	KUNIT_EXPECT_EQ(test, acpi_nvs_for_each_region(firmware_count_moved,
						       test), 0);
	for (i = 0; i < fw->nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, fw->areas[i].type,
				    PFN_UP(fw->areas[i].size), "%#llx",
				    fw->areas[i].addr);
}

/* What ACPI's early mapping of a page gave, before the list was adopted. */
static struct {
	unsigned long long maddr;
	unsigned long mfn;
} firmware_early;

static int __init firmware_map_early(char *arg)
{
	void __iomem *virt;

	if (!arg || kstrtoull(arg, 0, &firmware_early.maddr))
		return -EINVAL;
	virt = __acpi_map_table(firmware_early.maddr, PAGE_SIZE);
	if (virt) {
		firmware_early.mfn = arbitrary_virt_to_mfn((void __force *)virt);
		__acpi_unmap_table(virt, PAGE_SIZE);
	}

	return 0;
}
early_param("xen_p2m_map_early", firmware_map_early);

static void p2m_acpi_maps_early(struct kunit *test)
{
	if (!firmware_early.maddr)
		kunit_skip(test, "no xen_p2m_map_early=");

	KUNIT_EXPECT_EQ(test, firmware_early.mfn, PFN_DOWN(firmware_early.maddr));
}

static struct kunit_case firmware_cases[] = {
	KUNIT_CASE(p2m_acpi_maps_early),
	KUNIT_CASE(p2m_acpi_maps_each_page),
	KUNIT_CASE(p2m_acpi_maps_more_than_a_page),
	KUNIT_CASE(p2m_acpi_maps_generic_addresses),
	KUNIT_CASE(p2m_acpi_reads_what_is_there),
	KUNIT_CASE(p2m_acpi_maps_no_half_area),
	KUNIT_CASE(p2m_acpi_maps_ram_as_before),
	KUNIT_CASE(p2m_nvs_is_saved_from_where_it_is),
	{ }
};

static struct kunit_suite firmware_suite = {
	.name = "xen_p2m_firmware",
	.init = firmware_init,
	.test_cases = firmware_cases,
};

kunit_test_suite(firmware_suite);
