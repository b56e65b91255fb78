// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs outside the guest are told about the list, and in which
 * order: the fields of struct arch_shared_info, and the bracket around each
 * change of the mapping.
 *
 * A reader takes p2m_cr3 != 0 as the go-ahead, so it is written last and
 * withdrawn first.  Readers: libxenguest (xg_sr_save_x86_pv.c,
 * xg_core_x86.c), crash tools, xen-mfndump; docs/readers.md of the project
 * says what each of them demands.
 */
#include <linux/bug.h>
#include <linux/lockdep.h>
#include <linux/pgtable.h>

#include <asm/barrier.h>
#include <asm/xen/interface.h>

#include "abi.h"
#include "publish.h"
#include "tree.h"

#if IS_ENABLED(CONFIG_XEN_P2M_KUNIT_TEST)
void (*p2m_step_hook)(struct p2m_list *list);
#endif

/**
 * p2m_publish - tell readers where the list is
 * @list: the list
 *
 * Context: preemption is off, or early boot.
 */
void p2m_publish(struct p2m_list *list)
{
	struct arch_shared_info *shared = list->ops->shared(list);

	p2m_store(list, &shared->p2m_vaddr, (unsigned long)list->base);
	p2m_store(list, &shared->p2m_generation, list->generation);
	p2m_store(list, &shared->max_pfn, list->max_pfn);
	p2m_store(list, &shared->pfn_to_mfn_frame_list_list,
		  p2m_tree_published(list));
	if (list->tree_only)
		return;

	wmb(); /* All of the above before the go-ahead. */
	p2m_store(list, &shared->p2m_cr3,
		  xen_pfn_to_cr3(list->ops->mfn(swapper_pg_dir)));
}

/**
 * p2m_republish - compute again what depends on the host, after a suspend
 * @list: the list
 *
 * A restored page still has the old host's p2m_cr3, and the restore has zeroed
 * the root of the tree (xg_sr_restore_x86_pv.c).  A cancelled suspend comes
 * here as well.
 *
 * Context: in stop_machine() with interrupts off.  Neither sleeps nor
 * allocates.
 */
void p2m_republish(struct p2m_list *list)
{
	p2m_store(list, &list->ops->shared(list)->p2m_cr3, 0);
	wmb(); /* No go-ahead while the rest changes. */
	p2m_tree_refresh(list);
	p2m_publish(list);
}

/**
 * p2m_publish_max_pfn - raise the published count
 * @list: the list
 * @max_pfn: pfns that must be covered; fewer than before is ignored
 *
 * Context: in a bracket.
 */
void p2m_publish_max_pfn(struct p2m_list *list, unsigned long max_pfn)
{
	struct arch_shared_info *shared = list->ops->shared(list);

	lockdep_assert_held(&list->lock);

	if (max_pfn <= list->max_pfn)
		return;

	list->max_pfn = max_pfn;
	/* A root of 0 has not been published yet, and is not published here. */
	if (shared->pfn_to_mfn_frame_list_list)
		p2m_store(list, &shared->pfn_to_mfn_frame_list_list,
			  p2m_tree_published(list));
	p2m_store(list, &shared->max_pfn, max_pfn);
}

static void p2m_generation_step(struct p2m_list *list)
{
	list->generation++;
	p2m_store(list, &list->ops->shared(list)->p2m_generation,
		  list->generation);
}

/**
 * p2m_bracket_open - announce that the mapping is about to change
 * @list: the list
 *
 * Pairs with the reader, which loads the generation, the mapping, and the
 * generation again.
 *
 * Context: @list->lock is held and preemption is off until
 * p2m_bracket_close(), so that no suspend finds the generation odd.
 */
void p2m_bracket_open(struct p2m_list *list)
{
	lockdep_assert_held(&list->lock);
	lockdep_assert_preemption_disabled();
	WARN_ON_ONCE(list->generation & 1);

	p2m_generation_step(list);
	wmb(); /* Odd before the first change. */
}

/**
 * p2m_bracket_close - announce that the mapping has changed
 * @list: the list
 *
 * Context: as p2m_bracket_open().
 */
void p2m_bracket_close(struct p2m_list *list)
{
	wmb(); /* The last change before even. */
	p2m_generation_step(list);
}
