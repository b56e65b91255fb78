// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function for GNU make, $(rig-exit FILE): ends make at once and silently
 * with the exit code that FILE holds, if that is not 0. By itself make exits
 * with 2 whatever failed, but scripts rely on the rig's codes, and the last
 * line of "make test" is its count. Built and loaded by the Makefile; without
 * it (no compiler yet) make works and exits with its own 2.
 */
#include <gnumake.h>

/* Not from headers: a new machine may have a compiler but no libc6-dev yet. */
int open(const char *name, int flags, ...);
long read(int file, void *buffer, unsigned long size);
int close(int file);
int remove(const char *name);
int atoi(const char *text);
void exit(int code);

int plugin_is_GPL_compatible;
int rig_exit_setup(void);

static char *rig_exit(const char *name, unsigned int argc, char **argv)
{
	char text[8] = "";
	int file = open(argv[0], 0), code;

	if (file < 0)
		return 0;
	read(file, text, sizeof(text) - 1);
	close(file);
	code = atoi(text);
	if (code) {
		remove(argv[0]);	/* a later make shall not find it */
		exit(code);
	}
	return 0;
}

int rig_exit_setup(void)
{
	gmk_add_function("rig-exit", rig_exit, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}
