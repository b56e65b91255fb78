# SPDX-License-Identifier: GPL-2.0-only
# The front door. Each job is a script of rig/jobs/ with the same name; this file
# holds the knobs, their defaults and the help, and hands on the exit code.

## Linux version that the files go into
LINUX ?= 6.12
## 1: the same with an untouched tree, as the peer to compare with
STOCK ?= 0
## 1: a kernel with lockdep, KCSAN and DEBUG_ATOMIC_SLEEP, in a tree of its own
SANITIZE ?= 0
## your own kernel tree to start from (copied, never edited)
SRC ?=
## file with further kernel config lines
EXTRA_CONFIG ?=
## memory of the machine that QEMU plays
MEM ?= 1G
## memory that Xen gives to dom0
DOM0_MEM ?= 512M
## memory of dom0 in make boot-huge
HUGE ?= 515G
## memory of the domU in make boot-huge-domu
HUGE_DOMU ?= 514G
## sizes of dom0 in make bench-boot
SIZES ?= 128M 128M,max:40G 1G 16G 64G 515G
## processors of the machine
SMP ?= 2
## seconds until a boot counts as hung
TIMEOUT ?= 300
## the only scenario to run, of either kind of test
ONLY ?=
## 1: show the compiler's and the guest's output
V ?= 0
## 1: say what would be run, do nothing
DRYRUN ?= 0

export LINUX STOCK SANITIZE SRC EXTRA_CONFIG MEM DOM0_MEM HUGE HUGE_DOMU SIZES SMP TIMEOUT ONLY V DRYRUN

JOBS := boot boot-huge boot-huge-domu test test-long test-stock bench bench-boot tree kernel checks packages

.NOTPARALLEL:
.PHONY: help clean distclean $(JOBS) $(JOBS:%=run-%)

help: ## this text (the default)
	@rig/jobs/help

boot: ## boot our kernel as Xen's dom0 and print its p2m report
boot-huge: ## the same with 515 GiB of memory, of which 20 must be free (10 minutes)
boot-huge-domu: ## a domU of 514 GiB, looked at from inside and outside (20 minutes)
test: ## every test that CI runs
test-long: ## the tests that take longer, and those on a kernel with sanitizers
test-stock: ## what the stock kernel fails of the tests with domUs (informative)
bench: ## count instructions, ours beside stock's (builds both)
bench-boot: ## count what the list costs at boot, ours beside stock's, up to 515 GiB (an hour)
tree: ## only prepare the kernel tree, build/linux-$(LINUX)/
kernel: ## only build the kernel, from the tree as it stands; and compile_commands.json
checks: ## checkpatch --strict, sparse, W=1 and rules of our own on our files
packages: ## only install what is missing

clean: ## remove build/
	@rm -rf build

distclean: clean ## remove build/ and the cache (packages, ccache)
	@rig/jobs/clean-cache

STATUS := build/.status

$(JOBS:%=run-%): run-%:
	@mkdir -p build; rig/jobs/$*; echo $$? >$(STATUS)

$(JOBS): %: run-%
	@$(rig-exit $(STATUS))exit $$(cat $(STATUS))

-load build/exit.so(rig_exit_setup)
build/exit.so: rig/make-plugin/exit.c
	@mkdir -p build; $(CC) -shared -nostdlib -fPIC -o $@ $< 2>/dev/null || true
