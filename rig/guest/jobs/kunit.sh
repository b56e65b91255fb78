# SPDX-License-Identifier: GPL-2.0-only
# Job kunit: hands over the results of the suites that rig.suites= names. They
# ran at boot; the host notices when one is missing.

for suite in $(rig_arg suites | tr + ' '); do
	cat "/sys/kernel/debug/kunit/$suite/results"
done
