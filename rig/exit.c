// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function for GNU make, $(rig-exit FILE): ends make at once and silently
 * with the exit code that FILE holds, if that is not 0. By itself make exits
 * with 2 whatever failed, but scripts rely on the rig's codes, and the last
 * line of "make test" is its count. Built and loaded by the Makefile; without
 * it (no compiler yet) make works and exits with its own 2.
 */
#include <gnumake.h>
#include <stdio.h>
#include <stdlib.h>

int plugin_is_GPL_compatible;
int rig_exit_setup(void);

static char *rig_exit(const char *name, unsigned int argc, char **argv)
{
	FILE *file = fopen(argv[0], "r");
	int code = 0;

	if (!file)
		return NULL;
	if (fscanf(file, "%d", &code) == 1 && code) {
		remove(argv[0]);	/* a later make shall not find it */
		exit(code);
	}
	fclose(file);
	return NULL;
}

int rig_exit_setup(void)
{
	gmk_add_function("rig-exit", rig_exit, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}
