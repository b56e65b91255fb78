/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays that grow within a memory budget: a guest decides how long they get,
 * so there must be a limit.
 */
#ifndef XP_ARRAY_H
#define XP_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct xp_budget - memory that may still be used
 * @left: bytes
 */
struct xp_budget {
	size_t left;
};

/**
 * struct xp_array - elements of one size
 * @data: the elements
 * @nr: number of elements in use
 * @room: number of elements that there is memory for
 */
struct xp_array {
	void *data;
	size_t nr;
	size_t room;
};

bool xp_array_reserve(struct xp_array *array, struct xp_budget *budget,
		      size_t size, size_t more);
void *xp_array_add(struct xp_array *array, struct xp_budget *budget,
		   size_t size);
void xp_array_clear(struct xp_array *array, struct xp_budget *budget,
		    size_t size);

#endif /* XP_ARRAY_H */
