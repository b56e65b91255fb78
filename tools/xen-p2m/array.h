/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays that grow, against a budget: a guest decides how long they become, so
 * there has to be an end.
 */
#ifndef XEN_P2M_ARRAY_H
#define XEN_P2M_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct p2m_budget - memory that may be used
 * @left: bytes
 */
struct p2m_budget {
	size_t left;
};

/**
 * struct p2m_array - elements of one size
 * @data: the elements
 * @nr: how many are in use
 * @room: how many there is memory for
 */
struct p2m_array {
	void *data;
	size_t nr;
	size_t room;
};

bool p2m_array_reserve(struct p2m_array *array, struct p2m_budget *budget,
		       size_t size, size_t more);
void *p2m_array_add(struct p2m_array *array, struct p2m_budget *budget,
		    size_t size);
void p2m_array_clear(struct p2m_array *array, struct p2m_budget *budget,
		     size_t size);

#endif /* XEN_P2M_ARRAY_H */
