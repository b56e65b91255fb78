// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adoption: the frames of the domain builder's list become the leaves of ours,
 * in place.  They get an index and page tables of our own; of their entries
 * only those are looked at that may be something else than a frame.  So the
 * cost is a few steps for each leaf, and no second list ever exists.
 */
#include <linux/bitmap.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "p2m.h"

static unsigned int p2m_count_kind(const unsigned long *entries,
				   enum p2m_kind kind)
{
	unsigned int i, nr = 0;

	for (i = 0; i < P2M_PER_PAGE; i++)
		nr += p2m_kind(entries[i]) == kind;

	return nr;
}

/*
 * Nothing in it is identity, and it holds a frame.  What else it holds does
 * not matter: a leaf may have missing entries.
 */
static bool p2m_adopts_blindly(const struct p2m_builder *builder,
			       unsigned long pfn)
{
	return p2m_kind(builder->entries[pfn]) == P2M_POPULATED &&
	       p2m_ranges_spare(builder->identity, pfn, pfn + P2M_PER_PAGE);
}

/* Bits for the identity entries, which are left as they are for now. */
static struct p2m_mixed *p2m_mixed_of(struct p2m_list *list,
				      const unsigned long *entries,
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

/* A page of the builder's with some frames, as a slot; 0: no memory. */
static unsigned long p2m_adopt_mixed(struct p2m_list *list,
				     const unsigned long *entries,
				     unsigned long *leaf)
{
	struct p2m_mixed *mixed;

	if (!p2m_count_kind(entries, P2M_IDENTITY))
		return (unsigned long)leaf;

	mixed = p2m_mixed_of(list, entries, leaf);
	return mixed ? p2m_mixed_slot(mixed) : 0;
}

/* A page without frames is not adopted: mark what is not identity. */
static int p2m_adopt_empty(struct p2m_list *list, unsigned long pfn,
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
			err = p2m_mark(list, pfn + i, next - i, P2M_MISSING);
	}

	return err;
}

/* Adopt a page that may hold something else than frames. */
static int p2m_adopt_looking(struct p2m_list *list,
			     const struct p2m_builder *builder,
			     unsigned long pfn, unsigned long *slot)
{
	unsigned long *entries = builder->entries + pfn;

	if (p2m_ranges_cover(builder->identity, pfn, pfn + P2M_PER_PAGE))
		return 0;
	if (!p2m_count_kind(entries, P2M_POPULATED))
		return p2m_adopt_empty(list, pfn, entries);

	*slot = p2m_adopt_mixed(list, entries, builder->leaf(entries));
	return *slot ? 0 : -ENOMEM;
}

/* Fill pending[] with the pages that hold frames; how many, or an error. */
static int p2m_pend_adopted(struct p2m_list *list,
			    const struct p2m_builder *builder,
			    unsigned long pfn, unsigned long end)
{
	unsigned int nr = 0;
	int err = 0;

	memset(list->pending, 0, PAGE_SIZE);
	for (; pfn < end && !err; pfn += P2M_PER_PAGE) {
		unsigned long *slot = &list->pending[p2m_slot_index(pfn,
							P2M_LEAF_SHIFT)];

		if (p2m_adopts_blindly(builder, pfn))
			*slot = (unsigned long)
				builder->leaf(builder->entries + pfn);
		else
			err = p2m_adopt_looking(list, builder, pfn, slot);
		nr += *slot != 0;
	}

	return err ?: nr;
}

/* The pages are the builder's again. */
static void p2m_drop_pending(struct p2m_list *list)
{
	unsigned int n;

	for (n = 0; n < P2M_NODE_SLOTS; n++)
		if (p2m_slot_is_mixed(list->pending[n]))
			list->ops->free(list, p2m_slot_mixed(list->pending[n]),
					sizeof(struct p2m_mixed));
}

/* The bits have it, so the entries become what readers outside know. */
static void p2m_clear_identity(const struct p2m_list *list,
			       const struct p2m_builder *builder,
			       unsigned long pfn, unsigned long end)
{
	for (; pfn < end; pfn += P2M_PER_PAGE) {
		unsigned int n = p2m_slot_index(pfn, P2M_LEAF_SHIFT);
		unsigned int i;

		if (!p2m_slot_is_mixed(list->pending[n]))
			continue;
		for (i = 0; i < P2M_PER_PAGE; i++)
			if (p2m_kind(builder->entries[pfn + i]) == P2M_IDENTITY)
				builder->entries[pfn + i] = INVALID_P2M_ENTRY;
	}
}

static int p2m_adopt_window(struct p2m_list *list,
			    const struct p2m_builder *builder,
			    unsigned long pfn, unsigned long end)
{
	int ret = p2m_pend_adopted(list, builder, pfn, end);

	if (ret > 0) {
		mutex_lock(&list->lock);
		ret = p2m_install(list, pfn >> P2M_LEAF_SHIFT,
				  (end - pfn) >> P2M_LEAF_SHIFT);
		mutex_unlock(&list->lock);
	}
	if (ret)
		p2m_drop_pending(list);
	else
		p2m_clear_identity(list, builder, pfn, end);

	return ret;
}

/**
 * p2m_adopt - take over a domain builder's list
 * @list: a list just initialised; every pfn that @builder does not have
 *	becomes identity
 * @builder: the builder's list
 *
 * A page of @builder is the list's from now on if p2m_leaf_is_owned() says so
 * of its slot; the others hold no frames and can be given back.
 *
 * Context: early boot, or a test.  Nobody else uses @list.
 * Return: 0 or a negative errno; what was adopted until then stays in @list,
 * the rest of @builder is as it was.
 */
int p2m_adopt(struct p2m_list *list, const struct p2m_builder *builder)
{
	unsigned long pfn, next;
	int err;

	err = p2m_mark(list, 0, list->reach, P2M_IDENTITY);
	for (pfn = 0; pfn < builder->nr && !err; pfn = next) {
		next = min(builder->nr, pfn + (1UL << P2M_BOTTOM_SHIFT));
		err = p2m_adopt_window(list, builder, pfn, next);
	}

	return err;
}
