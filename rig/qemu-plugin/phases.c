// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU's TCG that counts the instructions of Xen, those of a PV
 * guest's kernel, and the guest's hypercalls, and logs the three counts whenever
 * the guest reaches a marked address.
 *
 * Arguments: out=FILE, hypercall=ADDRESS (of the function that makes them), and
 * mark=ADDRESS for each mark. A line of the file is "ADDRESS XEN GUEST
 * HYPERCALLS". QEMU's package lacks the header for plugins, so the required part
 * of the interface (version 1) is declared here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT		__attribute__((visibility("default")))

#define MARKS		16
/* Addresses of Xen and of PV kernels in the x86-64 ABI of Xen PV guests. */
#define XEN_BEGIN	0xffff800000000000ULL
#define GUEST_BEGIN	0xffff880000000000ULL

struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { OP_ADD };
enum { NO_REGISTERS };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*cb)(uint64_t id,
					   struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
					      void *counter, uint64_t number);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						int op, void *counter,
						uint64_t number);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int cpu, void *data),
					    int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = 1;

static uint64_t marks[MARKS];
static unsigned int nr_marks;

static uint64_t hypercall;
static uint64_t in_xen, in_guest, hypercalls;
static FILE *out;

static void at_mark(unsigned int cpu, void *data)
{
	(void)cpu;
	fprintf(out, "%" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		*(uint64_t *)data, in_xen, in_guest, hypercalls);
	fflush(out);
}

static void translated_insn(struct qemu_plugin_insn *insn)
{
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	unsigned int i;

	if (address == hypercall)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, OP_ADD,
							   &hypercalls, 1);
	for (i = 0; i < nr_marks; i++)
		if (address == marks[i])
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_mark,
							       NO_REGISTERS,
							       &marks[i]);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	uint64_t address = qemu_plugin_tb_vaddr(tb);

	(void)id;
	if (address >= GUEST_BEGIN)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, OP_ADD, &in_guest, n);
	else if (address >= XEN_BEGIN)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, OP_ADD, &in_xen, n);
	for (i = 0; i < n; i++)
		translated_insn(qemu_plugin_tb_get_insn(tb, i));
}

static bool take(const char *argument)
{
	const char *value = strchr(argument, '=');

	if (!value++)
		return false;
	if (!strncmp(argument, "out=", 4))
		return !out && (out = fopen(value, "w"));
	if (!strncmp(argument, "hypercall=", 10))
		return (hypercall = strtoull(value, NULL, 16));
	if (!strncmp(argument, "mark=", 5) && nr_marks < MARKS)
		return (marks[nr_marks++] = strtoull(value, NULL, 16));

	return false;
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!take(argv[i])) {
			fprintf(stderr, "phases: unknown argument %s\n", argv[i]);
			return -1;
		}
	}
	if (!out || !hypercall)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);

	return 0;
}
