// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arrays that grow within a memory budget.
 */
#include <stdint.h>
#include <stdlib.h>

#include "array.h"

#define ARRAY_FIRST	64

/**
 * xp_array_reserve - make room
 * @array: the array
 * @budget: what the memory is charged to
 * @size: bytes of an element
 * @more: number of elements to be added
 *
 * Return: false if it exceeds the budget or memory is short; the array is
 * unchanged then.
 */
bool xp_array_reserve(struct xp_array *array, struct xp_budget *budget,
		      size_t size, size_t more)
{
	size_t room = array->room ? array->room : ARRAY_FIRST;
	void *data;

	if (more <= array->room - array->nr)
		return true;
	if (more > SIZE_MAX / 4 / size - array->nr)
		return false;
	while (room - array->nr < more)
		room *= 2;
	if ((room - array->room) * size > budget->left)
		return false;
	data = realloc(array->data, room * size);
	if (!data)
		return false;

	budget->left -= (room - array->room) * size;
	array->data = data;
	array->room = room;
	return true;
}

/**
 * xp_array_add - add an element at the end
 * @array: the array
 * @budget: what the memory is charged to
 * @size: bytes of an element
 *
 * Return: the element, not initialised, or NULL if there is no room for it.
 */
void *xp_array_add(struct xp_array *array, struct xp_budget *budget,
		   size_t size)
{
	if (!xp_array_reserve(array, budget, size, 1))
		return NULL;
	return (char *)array->data + size * array->nr++;
}

/**
 * xp_array_clear - free all elements
 * @array: the array
 * @budget: what the memory was charged to
 * @size: bytes of an element
 */
void xp_array_clear(struct xp_array *array, struct xp_budget *budget,
		    size_t size)
{
	budget->left += array->room * size;
	free(array->data);
	*array = (struct xp_array){ 0 };
}
