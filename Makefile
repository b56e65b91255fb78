# SPDX-License-Identifier: GPL-2.0-only
# The front door. Each job is a script in rig/jobs/ with the same name; this file
# holds the knobs, their defaults and the help, and passes on the exit code.

## Linux version to build for (rig/kernels.py)
LINUX ?= 6.12
## 1: use the stock kernel instead of ours, for comparison
STOCK ?= 0
## 1: build with lockdep, KCSAN and DEBUG_ATOMIC_SLEEP, in a separate tree
SANITIZE ?= 0
## build with another configuration (rig/configs.py), in a separate tree
CONFIG ?=
## start from this kernel tree (copied, never edited)
SRC ?=
## file with additional kernel config lines
EXTRA_CONFIG ?=
## memory of the emulated machine
MEM ?= 1G
## memory Xen gives to dom0
DOM0_MEM ?= 512M
## memory of dom0 in make boot-huge
HUGE ?= 515G
## memory of the domU in make boot-huge-domu
HUGE_DOMU ?= 514G
## sizes of dom0 in make bench-boot
SIZES ?= 128M 128M,max:40G 1G 16G 64G 515G
## processors of the emulated machine
SMP ?= 2
## seconds after which a boot counts as hung
TIMEOUT ?= 300
## run only these scenarios: names or patterns (make test, test-long or test-stock)
ONLY ?=
## 1: show compiler and guest output; one scenario at a time
V ?= 0
## 1: print what would be run, do nothing
DRYRUN ?= 0

export LINUX STOCK SANITIZE CONFIG SRC EXTRA_CONFIG MEM DOM0_MEM HUGE HUGE_DOMU SIZES SMP TIMEOUT ONLY V DRYRUN

JOBS := boot boot-huge boot-huge-domu test test-long test-stock bench bench-boot tree kernel checks packages

.NOTPARALLEL:
.PHONY: help clean distclean $(JOBS) $(JOBS:%=run-%)

help: ## this text (the default)
	@rig/jobs/help

boot: ## boot our kernel as dom0 under Xen and print its p2m report
boot-huge: ## the same with 515 GiB; needs 20 GiB of free memory (10 minutes)
boot-huge-domu: ## a domU of 514 GiB, checked from inside and outside (20 minutes)
test: ## all tests that CI runs
test-long: ## longer tests, and tests on a kernel with sanitizers
test-stock: ## the domU tests on the stock kernel, to see which it fails (informative)
bench: ## count instructions, ours against stock (builds both)
bench-boot: ## count the cost of the list at boot, ours against stock, up to 515 GiB (an hour)
tree: ## only prepare the kernel tree, build/linux-$(LINUX)/
kernel: ## only build the kernel from the current tree, and compile_commands.json
checks: ## checkpatch --strict, sparse, W=1 and the project's own rules
packages: ## only install missing packages

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
