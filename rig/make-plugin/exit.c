// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function for GNU make, $(rig-exit FILE): exits make at once and silently
 * with the exit code in FILE, unless that is 0. On its own, make exits with 2
 * whatever failed, but scripts rely on the rig's exit codes, and the last line of
 * "make test" must be its totals. Built and loaded by the Makefile; if that fails
 * (no compiler yet), make works but exits with 2.
 */
#include <gnumake.h>

/* No headers: a new machine may have a compiler but not libc6-dev. */
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
		remove(argv[0]);	/* or a later make would find it */
		exit(code);
	}
	return 0;
}

int rig_exit_setup(void)
{
	gmk_add_function("rig-exit", rig_exit, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}
