// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arrays that grow, against a budget.
 */
#include <stdint.h>
#include <stdlib.h>

#include "array.h"

#define ARRAY_FIRST	64

/**
 * xp_array_reserve - make room
 * @array: the array
 * @budget: what pays for it
 * @size: bytes of an element
 * @more: elements to come
 *
 * Return: false if the budget does not allow it or memory is short; the array
 * is as it was.
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
 * xp_array_add - one more element at the end
 * @array: the array
 * @budget: what pays for it
 * @size: bytes of an element
 *
 * Return: the element, not initialised, or NULL as xp_array_reserve().
 */
void *xp_array_add(struct xp_array *array, struct xp_budget *budget,
		   size_t size)
{
	if (!xp_array_reserve(array, budget, size, 1))
		return NULL;
	return (char *)array->data + size * array->nr++;
}

/**
 * xp_array_clear - give everything back
 * @array: the array
 * @budget: what has paid for it
 * @size: bytes of an element
 */
void xp_array_clear(struct xp_array *array, struct xp_budget *budget,
		    size_t size)
{
	budget->left += array->room * size;
	free(array->data);
	*array = (struct xp_array){ 0 };
}
