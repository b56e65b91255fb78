// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adoption: the frames of the domain builder's list become the leaves of ours,
 * in place.  They get an index and page tables of our own; only those entries
 * are looked at that may be something other than a frame.  So the cost is a
 * few steps for each leaf, and no second list ever exists.
 */
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/minmax.h>

#include "adopt.h"
#include "mark.h"
#include "ranges.h"
#include "window.h"

static unsigned int __init_or_kunit
p2m_count_kind(const unsigned long *entries, enum p2m_kind kind)
{
	unsigned int i, nr = 0;

	for (i = 0; i < P2M_PER_PAGE; i++)
		nr += p2m_kind(entries[i]) == kind;

	return nr;
}

/*
 * Nothing in the page is identity, and it holds a frame.  What else it holds
 * does not matter, because a leaf may have missing entries.
 */
static bool __init_or_kunit
p2m_adopts_unread(const struct p2m_builder *builder, unsigned long pfn)
{
	return p2m_kind(builder->entries[pfn]) == P2M_POPULATED &&
	       p2m_ranges_disjoint(builder->identity, pfn, pfn + P2M_PER_PAGE);
}

/* Bits for the identity entries, which stay as they are for now. */
static struct p2m_mixed *__init_or_kunit
p2m_mixed_of(struct p2m_list *list, const unsigned long *entries,
	     unsigned long *leaf)
{
	struct p2m_mixed *mixed = list->ops->alloc(list, sizeof(*mixed));
	unsigned int i;

	if (!mixed)
		return NULL;

	mixed->leaf = leaf;
	bitmap_zero(mixed->identity, P2M_PER_PAGE);
	for (i = 0; i < P2M_PER_PAGE; i++)
		if (p2m_kind(entries[i]) == P2M_IDENTITY)
			set_bit(i, mixed->identity);

	return mixed;
}

/* The slot for a page with some frames; 0 if there is no memory. */
static unsigned long __init_or_kunit
p2m_adopt_leaf(struct p2m_list *list, const unsigned long *entries,
	       unsigned long *leaf)
{
	struct p2m_mixed *mixed;

	if (!p2m_count_kind(entries, P2M_IDENTITY))
		return (unsigned long)leaf;

	mixed = p2m_mixed_of(list, entries, leaf);
	return mixed ? p2m_mixed_slot(mixed) : 0;
}

/* A page without frames is not adopted: mark what is not identity in it. */
static int __init_or_kunit p2m_adopt_empty(struct p2m_list *list,
					   unsigned long pfn,
					   const unsigned long *entries)
{
	unsigned int i, next;
	int err = 0;

	for (i = 0; i < P2M_PER_PAGE && !err; i = next) {
		enum p2m_kind kind = p2m_kind(entries[i]);

		for (next = i + 1; next < P2M_PER_PAGE; next++)
			if (p2m_kind(entries[next]) != kind)
				break;
		if (kind == P2M_MISSING)
			err = p2m_mark_locked(list, pfn + i, next - i,
					      P2M_MISSING);
	}

	return err;
}

/* The slot for the page at @pfn, 0 if it is not adopted. */
static int __init_or_kunit p2m_adopt_page(struct p2m_list *list,
					  const struct p2m_builder *builder,
					  unsigned long pfn,
					  unsigned long *slot)
{
	unsigned long *entries = builder->entries + pfn;

	*slot = 0;
	if (p2m_adopts_unread(builder, pfn)) {
		*slot = (unsigned long)builder->leaf(entries);
		return 0;
	}
	if (p2m_ranges_cover(builder->identity, pfn, pfn + P2M_PER_PAGE))
		return 0;
	if (!p2m_count_kind(entries, P2M_POPULATED))
		return p2m_adopt_empty(list, pfn, entries);

	*slot = p2m_adopt_leaf(list, entries, builder->leaf(entries));
	return *slot ? 0 : -ENOMEM;
}

/*
 * Put the pages that hold frames into the window; returns how many, or an
 * error with the window ending where it occurred.
 */
static int __init_or_kunit p2m_adopt_fill(struct p2m_window *w,
					  const struct p2m_builder *builder)
{
	unsigned int n, nr = 0;
	int err;

	for (n = w->first; n < w->end; n++) {
		err = p2m_adopt_page(w->list, builder, p2m_window_pfn(w, n),
				     &w->slot[n]);
		if (err) {
			w->end = n;
			return err;
		}
		nr += w->slot[n] != 0;
	}

	return nr;
}

/* The pages stay the builder's. */
static void __init_or_kunit p2m_adopt_discard(const struct p2m_window *w)
{
	struct p2m_list *list = w->list;
	unsigned int n;

	for (n = p2m_window_first(w); n < w->end; n = p2m_window_next(w, n))
		if (p2m_slot_is_mixed(w->slot[n]))
			list->ops->free(list, p2m_slot_mixed(w->slot[n]),
					sizeof(struct p2m_mixed));
}

/* Identity is in the bits by now, so entries become what readers understand. */
static void __init_or_kunit
p2m_adopt_clear_identity(const struct p2m_window *w,
			 const struct p2m_builder *builder)
{
	unsigned int n, i;

	for (n = p2m_window_first(w); n < w->end; n = p2m_window_next(w, n)) {
		unsigned long *entries = builder->entries +
					 p2m_window_pfn(w, n);

		if (!p2m_slot_is_mixed(w->slot[n]))
			continue;
		for (i = 0; i < P2M_PER_PAGE; i++)
			if (p2m_kind(entries[i]) == P2M_IDENTITY)
				entries[i] = INVALID_P2M_ENTRY;
	}
}

static int __init_or_kunit p2m_adopt_window(struct p2m_list *list,
					    const struct p2m_builder *builder,
					    unsigned long pfn,
					    unsigned long end)
{
	struct p2m_window w;
	int ret;

	p2m_window_open(&w, list, pfn, end);
	ret = p2m_adopt_fill(&w, builder);
	if (ret > 0)
		ret = p2m_window_commit(&w);
	if (ret)
		p2m_adopt_discard(&w);
	else
		p2m_adopt_clear_identity(&w, builder);

	return ret;
}

/**
 * p2m_adopt - take over a domain builder's list
 * @list: a list just initialised; every pfn that @builder does not have
 *	becomes identity
 * @builder: the builder's list
 *
 * A page of @builder belongs to the list from now on if p2m_has_leaf() says so
 * of its pfns; the others hold no frames and can be freed.
 *
 * Context: early boot, or a test.  Nobody else uses @list.  Takes @list->lock.
 * Return: 0, -ENOMEM, -EIO, or the error of ops->protect().  After an error
 * what was adopted until then stays in @list, and the rest of @builder is as it
 * was.
 */
int __init_or_kunit p2m_adopt(struct p2m_list *list,
			      const struct p2m_builder *builder)
{
	unsigned long pfn, next;
	int err;

	mutex_lock(&list->lock);
	err = p2m_mark_locked(list, 0, list->reach, P2M_IDENTITY);
	for (pfn = 0; pfn < builder->nr && !err; pfn = next) {
		next = min(builder->nr,
			   ALIGN(pfn + 1, 1UL << P2M_BOTTOM_SHIFT));
		err = p2m_adopt_window(list, builder, pfn, next);
	}
	mutex_unlock(&list->lock);

	return err;
}
