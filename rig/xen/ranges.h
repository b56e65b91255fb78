/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot parameter rig-range=START-END:TYPE of the Xen that the rig builds: RAM
 * that becomes something else in the machine's memory map, before Xen or dom0 uses
 * it. The numbers are hexadecimal bytes, the type is decimal. It is given once for
 * each range, because Xen reads 127 characters of a parameter. Included by
 * arch/x86/e820.c.
 */
struct rig_range {
    uint64_t start, end;
    unsigned int type;
};
static struct rig_range __initdata rig_range[128];
static unsigned int __initdata rig_nr_ranges;

static int __init cf_check parse_rig_range(const char *s)
{
    const char *end;

    if ( rig_nr_ranges == ARRAY_SIZE(rig_range) )
        return -ENOSPC;

    rig_range[rig_nr_ranges].start = simple_strtoull(s, &end, 16);
    if ( *end != '-' )
        return -EINVAL;
    rig_range[rig_nr_ranges].end = simple_strtoull(end + 1, &end, 16);
    if ( *end != ':' )
        return -EINVAL;
    rig_range[rig_nr_ranges].type = simple_strtoul(end + 1, &end, 10);
    if ( *end )
        return -EINVAL;
    rig_nr_ranges++;

    return 0;
}
custom_param("rig-range", parse_rig_range);

static void __init rig_change_ranges(void)
{
    unsigned int i;

    for ( i = 0; i < rig_nr_ranges; i++ )
        if ( !e820_change_range_type(&e820, rig_range[i].start,
                                     rig_range[i].end, E820_RAM,
                                     rig_range[i].type) )
            panic("rig-range: %#"PRIx64"-%#"PRIx64" is not in one range of RAM\n",
                  rig_range[i].start, rig_range[i].end);
}
