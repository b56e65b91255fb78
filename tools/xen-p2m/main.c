// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-p2m: shows and checks the p2m list of a PV guest, from outside; see
 * xen-p2m(8).
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account.h"
#include "check.h"
#include "report.h"
#include "xen.h"

/* Exit status. */
enum {
	EXIT_CLEAN,
	EXIT_VIOLATED,
	EXIT_USAGE,
	EXIT_UNKNOWN,		/* no verdict */
};

#define ATTEMPTS	200
#define MEMORY_MIB	512
#define OWN_ACCOUNT	"/sys/kernel/debug/xen/p2m"
#define SIGNS_OF_LIFE	2	/* seconds between two */
#define AFTER_A_FAILURE	0.1	/* seconds to let the guest run */

static const char usage[] =
"usage: xen-p2m show DOMAIN [--json] [--map FILE] [--entries] [--guest FILE]\n"
"                           [--pause] [--memory MIB]\n"
"       xen-p2m check DOMAIN [--json] [--guest FILE] [--pause] [--memory MIB]\n"
"                           [--interval SECONDS] [--count NUMBER]\n"
"Show or check the p2m list of a PV guest from dom0, without writing to it.\n"
"DOMAIN is a domain ID or name.\n"
"Exit status of check: 0 clean, 1 violated, 2 wrong usage, 3 no verdict.\n";

/**
 * struct xp_job - what the user wants
 * @check: check, not show
 * @domain: ID or name
 * @json: print JSON
 * @entries: print every entry, too
 * @map: file to draw the picture to, or NULL
 * @guest: file with the guest's own account, or NULL
 * @pause: pause the guest while a snapshot is taken
 * @again: take more than one snapshot
 * @interval: seconds between two snapshots
 * @count: number of snapshots, 0 for no limit
 * @memory: bytes for a snapshot
 */
struct xp_job {
	bool check;
	const char *domain;
	bool json;
	bool entries;
	const char *map;
	const char *guest;
	bool pause;
	bool again;
	double interval;
	unsigned long count;
	size_t memory;
};

/* Totals over all snapshots of a check. */
struct xp_tally {
	unsigned long taken;
	unsigned long moved;		/* at another generation than the previous one */
	unsigned long violated;
	unsigned long unknown;
	unsigned long again;		/* attempts that were discarded */
	uint64_t generation;
	time_t spoke;
};

static bool parse_number(const char *text, double least, double most,
			 double *number)
{
	char *end;

	errno = 0;
	*number = strtod(text, &end);
	return *text && !*end && !errno && *number >= least && *number <= most;
}

enum {
	OPTION_JSON, OPTION_ENTRIES, OPTION_MAP, OPTION_GUEST, OPTION_PAUSE,
	OPTION_INTERVAL, OPTION_COUNT, OPTION_MEMORY,
};

static const struct option show_options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "entries", no_argument, NULL, OPTION_ENTRIES },
	{ "map", required_argument, NULL, OPTION_MAP },
	{ "guest", required_argument, NULL, OPTION_GUEST },
	{ "pause", no_argument, NULL, OPTION_PAUSE },
	{ "memory", required_argument, NULL, OPTION_MEMORY },
	{ 0 }
};

static const struct option check_options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "guest", required_argument, NULL, OPTION_GUEST },
	{ "pause", no_argument, NULL, OPTION_PAUSE },
	{ "memory", required_argument, NULL, OPTION_MEMORY },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "count", required_argument, NULL, OPTION_COUNT },
	{ 0 }
};

static bool take_option(struct xp_job *job, int option)
{
	double number;

	switch (option) {
	case OPTION_JSON:
		job->json = true;
		return true;
	case OPTION_ENTRIES:
		job->entries = true;
		return true;
	case OPTION_MAP:
		job->map = optarg;
		return true;
	case OPTION_GUEST:
		job->guest = optarg;
		return true;
	case OPTION_PAUSE:
		job->pause = true;
		return true;
	case OPTION_INTERVAL:
		job->again = true;
		return parse_number(optarg, 0, 1e6, &job->interval);
	case OPTION_COUNT:
		job->again = true;
		if (!parse_number(optarg, 1, 1e9, &number))
			return false;
		job->count = number;
		return true;
	case OPTION_MEMORY:
		if (!parse_number(optarg, 1, 1e6, &number))
			return false;
		job->memory = (size_t)number << 20;
		return true;
	default:
		return false;
	}
}

static bool parse_arguments(struct xp_job *job, int argc, char **argv)
{
	int option;

	*job = (struct xp_job){ .memory = (size_t)MEMORY_MIB << 20 };
	if (argc < 2)
		return false;
	job->check = !strcmp(argv[1], "check");
	if (!job->check && strcmp(argv[1], "show"))
		return false;

	argc--;
	argv++;
	while ((option = getopt_long(argc, argv, "", job->check ?
				     check_options : show_options, NULL)) != -1) {
		if (!take_option(job, option)) {
			if (option != '?')
				fprintf(stderr, "xen-p2m: invalid value: %s\n",
					optarg);
			return false;
		}
	}
	if (optind != argc - 1 || (job->json && job->entries))
		return false;
	job->domain = argv[optind];
	return true;
}

/* Pause the guest between two changes of its list; after ATTEMPTS, anywhere. */
static int pause_settled(struct xp_domain *domain)
{
	struct xp_source *source = xp_domain_source(domain);
	unsigned int n;
	int err;

	for (n = 1;; n++) {
		err = xp_domain_pause(domain);
		if (err || n == ATTEMPTS ||
		    !(source->field(source->ctx, XP_GENERATION) & 1))
			return err;
		err = xp_domain_unpause(domain);
		if (!err)
			err = source->wait(source->ctx, n);
		if (err)
			return err;
	}
}

/* While the guest is paused, job control must not stop us. */
static void hold_back(int how)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTSTP);
	sigaddset(&signals, SIGTTIN);
	sigaddset(&signals, SIGTTOU);
	sigprocmask(how, &signals, NULL);
}

static int take_snapshot(struct xp_domain *domain, const struct xp_job *job,
			 struct xp_report *report)
{
	const struct xp_options options = {
		.attempts = ATTEMPTS,
		.still = report->state.paused || report->state.shutdown ||
			 job->pause,
		.check = job->check,
		.keep_entries = job->entries,
		.memory = job->memory,
	};
	uint64_t before = xp_domain_mappings(domain);
	int err = 0, outcome;

	if (job->pause) {
		hold_back(SIG_BLOCK);
		err = pause_settled(domain);
		if (err) {
			hold_back(SIG_UNBLOCK);
			return err;
		}
	}
	outcome = xp_snapshot_take(&report->snapshot,
				   xp_domain_source(domain), &options);
	report->mappings = xp_domain_mappings(domain) - before;
	if (job->pause) {
		err = xp_domain_unpause(domain);
		hold_back(SIG_UNBLOCK);
	}
	/* Between two snapshots the guest has its frames to itself. */
	if (!job->again || job->interval > 0)
		xp_domain_forget(domain);
	return err ? err : outcome;
}

static int apply_account(const struct xp_job *job, struct xp_domain *domain,
			 struct xp_report *report)
{
	const char *path = job->guest ? job->guest :
			   xp_domain_is_own(domain) ? OWN_ACCOUNT : NULL;
	struct xp_budget budget = { job->memory };
	struct xp_array account = { 0 };
	FILE *file;
	int err;

	if (!path || !xp_report_is_whole(report))
		return 0;
	file = fopen(path, "r");
	if (!file && !job->guest)
		return 0;
	err = file ? xp_account_read(&account, &budget, file) : -errno;
	if (err)
		fprintf(stderr, "xen-p2m: %s: %s\n", path, err == -EINVAL ?
			"not all pfns from 0 on, in lines like \"[0x0, 0x9f) populated\"" :
			strerror(-err));
	else
		/* dom0's account is of another moment, so it only adds identity. */
		err = xp_account_apply(&report->snapshot, &account,
				       job->guest != NULL);
	xp_array_clear(&account, &budget, sizeof(struct xp_run));
	if (file)
		fclose(file);
	return err;
}

/* Take a snapshot.  Whatever the outcome, it must be cleared afterwards. */
static void look(struct xp_domain *domain, const struct xp_job *job,
		 struct xp_report *report)
{
	struct xp_domain_state after;
	int err;

	*report = (struct xp_report){ .name = job->domain };
	err = xp_domain_state(domain, &report->state);
	report->outcome = err ? err : take_snapshot(domain, job, report);
	if (!err)
		err = xp_domain_state(domain, &after);
	if (err)
		report->outcome = err;
	else if (job->check && xp_report_is_whole(report))
		xp_check_pages(&report->snapshot,
			       after.pages < report->state.pages ?
			       after.pages : report->state.pages);
}

static int print_map(const struct xp_job *job, const struct xp_report *report)
{
	FILE *file = fopen(job->map, "w");
	bool failed = !file;

	if (file) {
		xp_report_svg(file, report);
		failed = ferror(file);
		failed |= fclose(file) != 0;
	}
	if (!failed)
		return 0;
	fprintf(stderr, "xen-p2m: %s: %s\n", job->map, strerror(errno));
	return -1;
}

static int show(struct xp_domain *domain, const struct xp_job *job)
{
	struct xp_report report;
	int status = EXIT_CLEAN;

	look(domain, job, &report);
	if (apply_account(job, domain, &report))
		status = EXIT_UNKNOWN;
	else if (job->json)
		xp_report_json(stdout, &report);
	else if (xp_report_is_whole(&report))
		xp_report_text(stdout, &report);
	if (job->entries && xp_report_is_whole(&report))
		xp_report_entries(stdout, &report);
	if (xp_report_failure(&report)) {
		fprintf(stderr, "xen-p2m: %s: %s\n", job->domain,
			xp_report_failure(&report));
		status = EXIT_UNKNOWN;
	} else if (xp_violations(&report.snapshot.findings)) {
		fprintf(stderr, "xen-p2m: %s: the list has violations; run xen-p2m check for details\n",
			job->domain);
	}
	if (job->map && xp_report_is_whole(&report) && print_map(job, &report))
		status = EXIT_UNKNOWN;
	xp_snapshot_clear(&report.snapshot);
	return status;
}

static int verdict(const struct xp_report *report)
{
	if (xp_report_failure(report))
		return EXIT_UNKNOWN;
	return xp_violations(&report->snapshot.findings) ? EXIT_VIOLATED :
							     EXIT_CLEAN;
}

static void count(struct xp_tally *tally, const struct xp_report *report)
{
	uint64_t generation = report->snapshot.field[XP_GENERATION];

	tally->again += report->snapshot.attempt;
	if (verdict(report) == EXIT_UNKNOWN) {
		tally->unknown++;
		return;
	}
	tally->moved += tally->taken && generation != tally->generation;
	tally->generation = generation;
	tally->taken++;
	tally->violated += verdict(report) == EXIT_VIOLATED;
}

static void print_verdict(const struct xp_report *report)
{
	const uint64_t *field = report->snapshot.field;
	static const char *const words[] = {
		[EXIT_CLEAN] = "clean", [EXIT_VIOLATED] = "violated",
		[EXIT_UNKNOWN] = "no verdict",
	};

	if (xp_report_is_whole(report))
		xp_report_findings(stdout, report);
	printf("%s: %s", report->name, words[verdict(report)]);
	if (xp_report_failure(report))
		printf(": %s\n", xp_report_failure(report));
	else
		printf(": generation %" PRIu64 ", max_pfn %#" PRIx64 ", %" PRIu64 " violations, %" PRIu64 " frames mapped\n",
		       field[XP_GENERATION], field[XP_MAX_PFN],
		       xp_violations(&report->snapshot.findings),
		       report->mappings);
	fflush(stdout);
}

static void print_tally(const struct xp_tally *tally)
{
	printf("%lu snapshots taken, %lu at another generation than the previous one, %lu violated, %lu could not be taken; %lu attempts discarded\n",
	       tally->taken, tally->moved, tally->violated, tally->unknown,
	       tally->again);
}

static void sign_of_life(struct xp_tally *tally)
{
	time_t now = time(NULL);

	if (now - tally->spoke < SIGNS_OF_LIFE)
		return;
	tally->spoke = now;
	fprintf(stderr, "xen-p2m: %lu snapshots so far, %lu violated\n", tally->taken,
		tally->violated);
}

/* Without an interval, thousands of clean snapshots are not worth a line each. */
static bool is_worth_a_line(const struct xp_job *job, const struct xp_report *report)
{
	return !job->again || job->interval > 0 ||
	       verdict(report) != EXIT_CLEAN;
}

/* Take and check one snapshot; false if another one makes no sense. */
static bool check_once(struct xp_domain *domain, const struct xp_job *job,
		       struct xp_tally *tally)
{
	struct xp_report report;
	int outcome, err;

	look(domain, job, &report);
	err = apply_account(job, domain, &report);
	outcome = err ? err : report.outcome;
	report.outcome = outcome;
	if (outcome != -EINTR || !job->again)
		count(tally, &report);
	if (job->json)
		xp_report_json(stdout, &report);
	else if (is_worth_a_line(job, &report))
		print_verdict(&report);
	xp_snapshot_clear(&report.snapshot);
	fflush(stdout);
	/* What the guest makes impossible now may be possible next time. */
	if (job->again && verdict(&report) == EXIT_UNKNOWN)
		xp_sleep(AFTER_A_FAILURE);
	return outcome != -ESRCH && outcome != -EINTR;
}

static int check(struct xp_domain *domain, const struct xp_job *job)
{
	struct xp_tally tally = { .spoke = time(NULL) };
	bool go_on;

	do {
		go_on = check_once(domain, job, &tally);
		if (!job->json && !job->interval)
			sign_of_life(&tally);
	} while (go_on && job->again &&
		 (!job->count || tally.taken + tally.unknown < job->count) &&
		 !xp_sleep(job->interval));

	if (job->again && !job->json)
		print_tally(&tally);
	if (tally.violated)
		return EXIT_VIOLATED;
	return tally.unknown || !tally.taken ? EXIT_UNKNOWN : EXIT_CLEAN;
}

static void interrupt(int signal)
{
	(void)signal;
	xp_interrupt();
}

/* A guest that we have paused must not stay paused. */
static void catch_signals(void)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGALRM, SIGUSR1,
		SIGUSR2,
	};
	const struct sigaction action = { .sa_handler = interrupt };
	unsigned int n;

	for (n = 0; n < sizeof(signals) / sizeof(signals[0]); n++)
		sigaction(signals[n], &action, NULL);
}

static int run(const struct xp_job *job)
{
	struct xp_domain *domain = xp_domain_open(job->domain);
	int status;

	if (!domain)
		return EXIT_UNKNOWN;
	if (job->pause && xp_domain_is_own(domain)) {
		fprintf(stderr, "xen-p2m: %s: cannot pause the domain that xen-p2m runs in\n",
			job->domain);
		status = EXIT_USAGE;
	} else {
		status = job->check ? check(domain, job) : show(domain, job);
	}
	xp_domain_close(domain);
	return status;
}

int main(int argc, char **argv)
{
	struct xp_job job;
	int status;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return EXIT_CLEAN;
	}
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("xen-p2m " XP_VERSION);
		return EXIT_CLEAN;
	}
	if (!parse_arguments(&job, argc, argv)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}

	catch_signals();
	status = run(&job);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xen-p2m: cannot write the output: %s\n",
			strerror(errno));
		status = EXIT_UNKNOWN;
	}
	return status;
}
