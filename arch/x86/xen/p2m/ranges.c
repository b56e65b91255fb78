// SPDX-License-Identifier: GPL-2.0-only
/*
 * A few pfn ranges, neighbours merged: what is identity in the builder's list,
 * and what was identity before a range was made missing.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "list.h"
#include "ranges.h"

static bool p2m_range_touches(const struct p2m_range *range, unsigned long pfn,
			      unsigned long end)
{
	return pfn <= range->end && end >= range->pfn;
}

/**
 * p2m_ranges_add - record a range, merged with those it touches
 * @ranges: the record
 * @pfn: the first
 * @end: one past the last; nothing is recorded unless above @pfn
 *
 * When the record is full the range is lost, and the record says so.
 *
 * Context: any; the caller owns @ranges.
 */
void p2m_ranges_add(struct p2m_ranges *ranges, unsigned long pfn,
		    unsigned long end)
{
	unsigned int i = 0;

	if (pfn >= end)
		return;

	while (i < ranges->nr) {
		struct p2m_range *range = &ranges->range[i];

		if (!p2m_range_touches(range, pfn, end)) {
			i++;
			continue;
		}
		/* The wider range may touch some that it did not before. */
		pfn = min(pfn, range->pfn);
		end = max(end, range->end);
		*range = ranges->range[--ranges->nr];
		i = 0;
	}
	if (ranges->nr == ARRAY_SIZE(ranges->range)) {
		ranges->incomplete = true;
		return;
	}
	ranges->range[ranges->nr++] = (struct p2m_range) { pfn, end };
}

/**
 * p2m_ranges_cover - does one recorded range hold all of another?
 * @ranges: the record
 * @pfn: the first
 * @end: one past the last
 *
 * Context: any; the caller owns @ranges.
 * Return: true if so.  False may also mean that the record is incomplete.
 */
bool __init_or_kunit p2m_ranges_cover(const struct p2m_ranges *ranges,
				      unsigned long pfn, unsigned long end)
{
	unsigned int i;

	for (i = 0; i < ranges->nr; i++)
		if (ranges->range[i].pfn <= pfn && end <= ranges->range[i].end)
			return true;

	return false;
}

/**
 * p2m_ranges_disjoint - is nothing of a range recorded?
 * @ranges: the record
 * @pfn: the first
 * @end: one past the last
 *
 * Context: any; the caller owns @ranges.
 * Return: true if so.  False may also mean that the record is incomplete.
 */
bool __init_or_kunit p2m_ranges_disjoint(const struct p2m_ranges *ranges,
					 unsigned long pfn, unsigned long end)
{
	unsigned int i;

	for (i = 0; i < ranges->nr; i++)
		if (pfn < ranges->range[i].end && ranges->range[i].pfn < end)
			return false;

	return !ranges->incomplete;
}
