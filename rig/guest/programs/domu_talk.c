// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0 asks, a domU answers, through xenstore:
 *
 *   domu_talk ask NAME SECONDS COMMAND	in dom0: prints the command's output, exits with its status
 *   domu_talk answer			in a domU: runs commands
 *
 * A question is "NUMBER COMMAND" in the domU's data/command, the answer is
 * "NUMBER STATUS OUTPUT" in data/answer.  Each number is answered once, even by
 * a guest that was restored meanwhile, where data/ is empty again.  Both sides
 * use a watch, as polling would take all the time of a guest with sanitizers.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xenstore.h>

#define COMMAND		"data/command"
#define ANSWER		"data/answer"
#define SAID		"/tmp/said"
#define SAID_MAX	1900	/* xenstored accepts 2048 bytes from a guest */
#define AGAIN		5	/* seconds; a suspend may have lost a watch event */
#define FAILED		126	/* exit status if a command could not be run */

static unsigned long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static struct xs_handle *open_store(void)
{
	struct xs_handle *store = xs_open(0);

	if (!store)
		err(1, "cannot reach xenstored");
	return store;
}

static char *join(const char *directory, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		err(1, "no memory");
	return path;
}

static char *read_node(struct xs_handle *store, const char *path)
{
	unsigned int length;

	return xs_read(store, XBT_NULL, path, &length);
}

/* Waits until a watch fires, or AGAIN seconds have passed. */
static void wait_for_change(struct xs_handle *store)
{
	struct pollfd wake = { .fd = xs_fileno(store), .events = POLLIN };
	char **change;

	poll(&wake, 1, AGAIN * 1000);
	while ((change = xs_check_watch(store)))
		free(change);
}

static bool has_name(struct xs_handle *store, const char *domain,
		     const char *wanted)
{
	char *path = join(domain, "name");
	char *name = read_node(store, path);
	bool same = name && !strcmp(name, wanted);

	free(name);
	free(path);
	return same;
}

/* The directory of the domain with this name. */
static char *find_domain(struct xs_handle *store, const char *name)
{
	unsigned int i, nr = 0;
	char **ids, *domain;

	ids = xs_directory(store, XBT_NULL, "/local/domain", &nr);
	if (!ids)
		err(1, "cannot list the domains");
	for (i = 0; i < nr; i++) {
		domain = join("/local/domain", ids[i]);
		if (has_name(store, domain, name)) {
			free(ids);
			return domain;
		}
		free(domain);
	}
	errx(1, "no domain %s", name);
}

/* Prints the answer to this question and returns its status, or -1 if there is none. */
static int take_answer(struct xs_handle *store, const char *path,
		       unsigned long long asked)
{
	char *answer = read_node(store, path);
	unsigned long long number;
	int status = -1, said = 0;

	if (!answer && errno != ENOENT)
		err(1, "cannot read %s", path);
	if (!answer || sscanf(answer, "%llu %d%n", &number, &status, &said) != 2 ||
	    number != asked)
		status = -1;
	else if (answer[said] && answer[++said])
		puts(answer + said);
	free(answer);
	return status;
}

static int ask(const char *name, unsigned int seconds, const char *command)
{
	unsigned long long asked = now(), end = asked + seconds * 1000000000ULL;
	struct xs_handle *store = open_store();
	char *domain = find_domain(store, name);
	char *path = join(domain, ANSWER), *question;
	int status;

	if (asprintf(&question, "%llu %s", asked, command) < 0)
		err(1, "no memory");
	if (!xs_watch(store, path, "answer") ||
	    !xs_write(store, XBT_NULL, join(domain, COMMAND), question,
		      strlen(question)))
		err(1, "cannot ask %s", name);
	do {
		wait_for_change(store);
		status = take_answer(store, path, asked);
		if (status < 0 && !has_name(store, domain, name))
			errx(1, "%s is gone", name);
	} while (status < 0 && now() < end);

	if (status < 0)
		errx(1, "%s does not answer: %s", name, command);
	return status;
}

/* A score of -1000 protects a process from the OOM killer; commands get 0. */
static void write_oom_score(const char *score)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (write(fd, score, strlen(score)) < 0)
		warn("cannot write my oom_score_adj");
	close(fd);
}

static void become(const char *command)
{
	int said = open(SAID, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (said < 0)
		err(FAILED, "cannot write " SAID);
	dup2(said, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	close(said);
	write_oom_score("0");
	execl("/bin/sh", "sh", "-c", command, NULL);
	err(FAILED, "no shell");
}

/*
 * Runs a command, saves its output and returns its exit status as a shell
 * would.  The output goes to a new file, because processes left over from an
 * earlier command may still be writing to theirs.
 */
static int run(const char *command)
{
	pid_t child;
	int status;

	unlink(SAID);
	child = fork();
	if (child < 0)
		return FAILED;
	if (!child)
		become(command);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The output of the last command, as much as fits. */
static size_t read_said(char *text, size_t max)
{
	int said = open(SAID, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(said, text, max);

	close(said);
	return length < 0 ? 0 : length;
}

/*
 * Uses a new connection, like each read, so that a broken one does no lasting
 * harm.  It has no watch: closing one with a watch needs libraries that the
 * guests lack.
 */
static bool deliver(const char *answer, size_t length)
{
	struct xs_handle *store = xs_open(0);
	bool done = store && xs_write(store, XBT_NULL, ANSWER, answer, length);

	if (!done)
		warn("cannot answer");
	xs_close(store);
	return done;
}

static void do_command(unsigned long long asked, const char *command)
{
	char answer[SAID_MAX + 100];
	int status = run(command);
	size_t length = sprintf(answer, "%llu %d ", asked, status);

	length += read_said(answer + length, SAID_MAX);
	while (answer[length - 1] == '\n')
		length--;
	while (!deliver(answer, length))
		sleep(1);
}

/* The current question. */
static char *look_for_question(void)
{
	struct xs_handle *store = xs_open(0);
	char *question = store ? read_node(store, COMMAND) : NULL;

	xs_close(store);
	return question;
}

static void answer(void)
{
	struct xs_handle *store = open_store();
	unsigned long long asked, answered = 0;
	int command = 0;
	char *question;

	write_oom_score("-1000");
	if (!xs_watch(store, COMMAND, "command"))
		err(1, "cannot watch for questions");
	for (;;) {
		wait_for_change(store);
		question = look_for_question();
		if (question && sscanf(question, "%llu %n", &asked, &command) == 1 &&
		    asked != answered) {
			answered = asked;
			do_command(asked, question + command);
		}
		free(question);
	}
}

static unsigned int parse_seconds(const char *text)
{
	unsigned long seconds;
	char *end;

	errno = 0;
	seconds = strtoul(text, &end, 10);
	if (errno || end == text || *end || seconds > 86400)
		errx(2, "%s: not a number of seconds up to 86400", text);
	return seconds;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "ask"))
		return ask(argv[2], parse_seconds(argv[3]), argv[4]);
	if (argc != 2 || strcmp(argv[1], "answer"))
		errx(2, "ask NAME SECONDS COMMAND | answer");
	answer();
}
