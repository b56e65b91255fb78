// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain of a running Xen as a source of words.  Frames are mapped read-only
 * and stay mapped until xp_domain_forget(), because mapping a frame costs a
 * hundred times as much as reading it.  Xen gives a frame to nobody else while
 * we have it mapped, so if a guest names the same number again, it is the same
 * frame.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <xencall.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xenstore.h>
#include <xenstore_lib.h>

#include "xen.h"

/* The machine-to-physical table comes in pieces of 2 MiB. */
#define M2P_PIECE_FRAMES	512
#define M2P_PIECE_ENTRIES	(M2P_PIECE_FRAMES * (XC_PAGE_SIZE / sizeof(uint64_t)))

#define OWNED_BATCH		1024	/* Xen's limit for one question */
#define SIGNS_OF_LIFE		2	/* seconds between two */

/* A frame of the guest that is mapped; a free slot has no words. */
struct xp_kept_frame {
	uint64_t mfn;
	const volatile uint64_t *words;
};

/* Frames that were mapped by one call. */
struct xp_kept_mapping {
	void *address;
	unsigned int nr;
};

/**
 * struct xp_domain - an open domain
 * @domid: its ID
 * @target: the ID to map it by, which is a special one for our own domain
 * @xch: for questions about domains
 * @memory: for mappings
 * @call: for questions that libxenctrl does not ask
 * @shared: its shared info page
 * @m2p: pieces of the machine-to-physical table, mapped when first needed
 * @m2p_start: the first frame of each piece
 * @kept: hash table of the frames that are mapped
 * @nr_kept: at least the number of frames in it
 * @mapping: the mappings that they are in
 * @nr_mappings: number of these
 * @mapped: number of frames of the domain that were mapped so far
 * @spoke: when the last sign of life was printed
 * @source: the domain as a source
 */
struct xp_domain {
	uint32_t domid;
	uint32_t target;
	xc_interface *xch;
	xenforeignmemory_handle *memory;
	xencall_handle *call;
	const volatile shared_info_t *shared;
	const volatile uint64_t **m2p;
	xen_pfn_t *m2p_start;
	struct xp_kept_frame *kept;
	size_t nr_kept;
	struct xp_kept_mapping *mapping;
	size_t nr_mappings;
	uint64_t mapped;
	time_t spoke;
	struct xp_source source;
};

static volatile sig_atomic_t interrupted;

/**
 * xp_interrupt - end any reading with -EINTR
 *
 * Context: any, signal handlers included.
 */
void xp_interrupt(void)
{
	interrupted = 1;
}

/**
 * xp_sleep - sleep until the time has passed or xp_interrupt() is called
 * @seconds: how long
 *
 * Return: 0 or -EINTR.
 */
int xp_sleep(double seconds)
{
	const struct timespec time = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};

	if (!interrupted)
		nanosleep(&time, NULL);
	return interrupted ? -EINTR : 0;
}

static uint64_t domain_field(void *ctx, enum xp_field field)
{
	const struct xp_domain *domain = ctx;
	const volatile struct arch_shared_info *arch = &domain->shared->arch;

	switch (field) {
	case XP_MAX_PFN:
		return arch->max_pfn;
	case XP_FRAME_LIST_LIST:
		return arch->pfn_to_mfn_frame_list_list;
	case XP_CR3:
		return arch->p2m_cr3;
	case XP_VADDR:
		return arch->p2m_vaddr;
	default:
		return arch->p2m_generation;
	}
}

/* At most this many frames stay mapped until xp_domain_forget(). */
#define KEPT_FRAMES	32768	/* Linux allows about twice as many mappings */
#define KEPT_SLOTS	(2 * KEPT_FRAMES)

static struct xp_kept_frame *kept_slot(const struct xp_domain *domain, uint64_t mfn)
{
	size_t at = mfn * 0x9e3779b97f4a7c15ULL >> 40 & (KEPT_SLOTS - 1);

	while (domain->kept[at].words && domain->kept[at].mfn != mfn)
		at = (at + 1) & (KEPT_SLOTS - 1);
	return &domain->kept[at];
}

/**
 * xp_domain_forget - unmap all frames of the guest
 * @domain: open
 *
 * A frame that the guest gives back is not free until it is unmapped.
 */
void xp_domain_forget(struct xp_domain *domain)
{
	while (domain->nr_mappings) {
		struct xp_kept_mapping *last = &domain->mapping[--domain->nr_mappings];

		xenforeignmemory_unmap(domain->memory, last->address, last->nr);
	}
	if (domain->nr_kept)
		memset(domain->kept, 0, KEPT_SLOTS * sizeof(*domain->kept));
	domain->nr_kept = 0;
}

/* Map frames that are not mapped yet, except those that cannot be mapped. */
static int map_frames(struct xp_domain *domain, unsigned int nr,
		      const uint64_t mfn[])
{
	const volatile uint64_t (*frame)[XP_SLOTS];
	int errs[nr];
	unsigned int n;

	frame = xenforeignmemory_map(domain->memory, domain->target, PROT_READ,
				     nr, mfn, errs);
	if (!frame)
		return -errno;
	domain->mapping[domain->nr_mappings++] =
		(struct xp_kept_mapping){ (void *)frame, nr };
	domain->mapped += nr;
	domain->nr_kept += nr;
	for (n = 0; n < nr; n++)
		if (!errs[n])
			*kept_slot(domain, mfn[n]) =
				(struct xp_kept_frame){ mfn[n], frame[n] };
	return 0;
}

static void copy_frame(uint64_t to[XP_SLOTS],
		       const volatile uint64_t from[XP_SLOTS])
{
	unsigned int n;

	for (n = 0; n < XP_SLOTS; n++)
		to[n] = from[n];
}

static int domain_read(void *ctx, unsigned int nr, const uint64_t mfn[],
		       uint64_t page[][XP_SLOTS], bool failed[])
{
	struct xp_domain *domain = ctx;
	const volatile uint64_t *words;
	unsigned int n, more = 0;
	uint64_t new[nr];
	int err = 0;

	if (interrupted)
		return -EINTR;
	if (domain->nr_kept + nr > KEPT_FRAMES)
		xp_domain_forget(domain);
	for (n = 0; n < nr; n++)
		if (!kept_slot(domain, mfn[n])->words)
			new[more++] = mfn[n];
	if (more)
		err = map_frames(domain, more, new);
	for (n = 0; !err && n < nr; n++) {
		words = kept_slot(domain, mfn[n])->words;
		failed[n] = !words;
		if (words)
			copy_frame(page[n], words);
	}
	return err;
}

static int map_m2p_piece(struct xp_domain *domain, uint64_t piece)
{
	xen_pfn_t frames[M2P_PIECE_FRAMES];
	unsigned int n;

	for (n = 0; n < M2P_PIECE_FRAMES; n++)
		frames[n] = domain->m2p_start[piece] + n;
	domain->m2p[piece] = xenforeignmemory_map(domain->memory, DOMID_XEN,
						  PROT_READ, M2P_PIECE_FRAMES,
						  frames, NULL);
	return domain->m2p[piece] ? 0 : -errno;
}

static int domain_m2p(void *ctx, unsigned int nr, const uint64_t mfn[],
		      uint64_t pfn[])
{
	struct xp_domain *domain = ctx;
	unsigned int n;
	int err = interrupted ? -EINTR : 0;

	for (n = 0; !err && n < nr; n++) {
		uint64_t piece = mfn[n] / M2P_PIECE_ENTRIES;

		if (!domain->m2p[piece])
			err = map_m2p_piece(domain, piece);
		if (!err)
			pfn[n] = domain->m2p[piece][mfn[n] % M2P_PIECE_ENTRIES];
	}
	return err;
}

/* libxenctrl asks this, too, but does not export it. */
static int domain_owned(void *ctx, unsigned int nr, const uint64_t mfn[],
			bool owned[])
{
	struct xp_domain *domain = ctx;
	struct xen_domctl *domctl;
	xen_pfn_t *type;
	unsigned int n;
	int err = -ENOMEM;

	if (nr > OWNED_BATCH)
		return -EINVAL;
	domctl = xencall_alloc_buffer(domain->call, sizeof(*domctl));
	type = xencall_alloc_buffer(domain->call, nr * sizeof(*type));
	if (domctl && type) {
		for (n = 0; n < nr; n++)
			type[n] = mfn[n];
		memset(domctl, 0, sizeof(*domctl));
		domctl->cmd = XEN_DOMCTL_getpageframeinfo3;
		domctl->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
		domctl->domain = domain->domid;
		domctl->u.getpageframeinfo3.num = nr;
		set_xen_guest_handle_raw(domctl->u.getpageframeinfo3.array, type);
		err = xencall1(domain->call, __HYPERVISOR_domctl,
			       (uintptr_t)domctl) < 0 ? -errno : 0;
	}
	for (n = 0; !err && n < nr; n++)
		owned[n] = (type[n] & XEN_DOMCTL_PFINFO_LTAB_MASK) !=
			   XEN_DOMCTL_PFINFO_XTAB;
	xencall_free_buffer(domain->call, type);
	xencall_free_buffer(domain->call, domctl);
	return err;
}

/* 0.2 ms at the first attempt, twice as long at each one after, up to 26 ms. */
static int domain_wait(void *ctx, unsigned int attempt)
{
	struct xp_domain_state state;
	int err = xp_domain_state(ctx, &state);

	return err ? err : xp_sleep(1e-4 * (1 << (attempt > 8 ? 8 : attempt)));
}

static void domain_progress(void *ctx, uint64_t done, uint64_t all)
{
	struct xp_domain *domain = ctx;
	time_t now = time(NULL);

	if (!done)
		domain->spoke = now;
	if (now - domain->spoke < SIGNS_OF_LIFE)
		return;
	domain->spoke = now;
	fprintf(stderr, "xen-p2m: %" PRIu64 " of %" PRIu64 " frames of this level read\n",
		done, all);
}

/* By the daemon's socket, because the device waits for a daemon forever. */
static struct xs_handle *open_xenstore(void)
{
	if (access(xs_daemon_socket(), F_OK))
		return NULL;
	return xs_open(XS_OPEN_SOCKETONLY);
}

static int find_by_name(const char *name)
{
	struct xs_handle *xs = open_xenstore();
	unsigned int nr, n, length;
	char **domains, path[80], *is;
	int found = -1;

	if (!xs) {
		fprintf(stderr, "xen-p2m: cannot ask xenstored for domain names: %s\n",
			strerror(errno));
		return -1;
	}
	domains = xs_directory(xs, XBT_NULL, "/local/domain", &nr);
	for (n = 0; domains && n < nr && found < 0; n++) {
		snprintf(path, sizeof(path), "/local/domain/%s/name", domains[n]);
		is = xs_read(xs, XBT_NULL, path, &length);
		if (is && !strcmp(is, name))
			found = atoi(domains[n]);
		free(is);
	}
	free(domains);
	xs_close(xs);
	return found;
}

/* A number is always taken for a domain ID, even if it is also a name. */
static int find_domain(const char *name)
{
	char *end;
	long number = strtol(name, &end, 10);

	if (*name && !*end && number >= 0 && number < DOMID_FIRST_RESERVED)
		return number;
	return find_by_name(name);
}

static int open_interfaces(struct xp_domain *domain)
{
	domain->xch = xc_interface_open(NULL, NULL, 0);
	domain->memory = xenforeignmemory_open(NULL, 0);
	domain->call = xencall_open(NULL, 0);
	if (domain->xch && domain->memory && domain->call)
		return 0;
	fprintf(stderr, "xen-p2m: cannot talk to Xen: %s; is this dom0, and are you root?\n",
		strerror(errno));
	return -1;
}

static int get_info(struct xp_domain *domain, xc_domaininfo_t *info)
{
	if (xc_domain_getinfolist(domain->xch, domain->domid, 1, info) != 1 ||
	    info->domain != domain->domid)
		return -ESRCH;
	return 0;
}

static int open_guest(struct xp_domain *domain, const char *name)
{
	xc_domaininfo_t info;
	unsigned int width;
	xen_pfn_t frame;

	if (get_info(domain, &info)) {
		fprintf(stderr, "xen-p2m: %s: no such domain\n", name);
		return -1;
	}
	if (info.flags & XEN_DOMINF_hvm_guest) {
		fprintf(stderr, "xen-p2m: %s: not a PV guest, so it has no p2m list\n",
			name);
		return -1;
	}
	if (xc_domain_get_guest_width(domain->xch, domain->domid, &width) ||
	    width != 8) {
		fprintf(stderr, "xen-p2m: %s: not a 64-bit guest\n", name);
		return -1;
	}
	frame = info.shared_info_frame;
	domain->shared = xenforeignmemory_map(domain->memory, domain->target,
					      PROT_READ, 1, &frame, NULL);
	if (domain->shared)
		return 0;
	fprintf(stderr, "xen-p2m: %s: cannot map the shared info page: %s\n",
		name, strerror(errno));
	return -1;
}

static int open_m2p(struct xp_domain *domain)
{
	unsigned long end;	/* one past the last, despite the call's name */
	size_t pieces;

	if (xc_maximum_ram_page(domain->xch, &end))
		goto fail;
	pieces = (end + M2P_PIECE_ENTRIES - 1) / M2P_PIECE_ENTRIES;
	domain->source.max_mfn = end - 1;
	domain->m2p = calloc(pieces, sizeof(*domain->m2p));
	domain->m2p_start = calloc(pieces, sizeof(*domain->m2p_start));
	if (domain->m2p && domain->m2p_start &&
	    !xc_machphys_mfn_list(domain->xch, pieces, domain->m2p_start))
		return 0;

fail:
	fprintf(stderr, "xen-p2m: cannot read Xen's machine-to-physical table: %s\n",
		strerror(errno));
	return -1;
}

static struct xp_domain *new_domain(int domid)
{
	struct xp_domain *domain = calloc(1, sizeof(*domain));

	if (!domain)
		return NULL;
	domain->domid = domid;
	/* We run in dom0, and Xen rejects a caller's own ID here. */
	domain->target = domid ? (uint32_t)domid : DOMID_SELF;
	domain->spoke = time(NULL);
	domain->kept = calloc(KEPT_SLOTS, sizeof(*domain->kept));
	domain->mapping = calloc(KEPT_FRAMES, sizeof(*domain->mapping));
	domain->source = (struct xp_source){
		.ctx = domain,
		.domain0 = !domid,
		.field = domain_field,
		.read = domain_read,
		.m2p = domain_m2p,
		.owned = domain_owned,
		.wait = domain_wait,
		.progress = domain_progress,
	};
	if (domain->kept && domain->mapping)
		return domain;
	xp_domain_close(domain);
	return NULL;
}

/**
 * xp_domain_open - open a domain
 * @name: its ID or name
 *
 * Return: the domain, or NULL after printing what is wrong.
 */
struct xp_domain *xp_domain_open(const char *name)
{
	int domid = find_domain(name);
	struct xp_domain *domain;

	if (domid < 0) {
		fprintf(stderr, "xen-p2m: %s: no such domain\n", name);
		return NULL;
	}
	domain = new_domain(domid);
	if (!domain) {
		fprintf(stderr, "xen-p2m: %s\n", strerror(ENOMEM));
		return NULL;
	}
	if (!open_interfaces(domain) && !open_guest(domain, name) &&
	    !open_m2p(domain))
		return domain;
	xp_domain_close(domain);
	return NULL;
}

/**
 * xp_domain_close - close a domain and unmap all that belongs to it
 * @domain: from xp_domain_open()
 */
void xp_domain_close(struct xp_domain *domain)
{
	xp_domain_forget(domain);
	if (domain->shared)
		xenforeignmemory_unmap(domain->memory, (void *)domain->shared, 1);
	if (domain->call)
		xencall_close(domain->call);
	if (domain->memory)
		xenforeignmemory_close(domain->memory);
	if (domain->xch)
		xc_interface_close(domain->xch);
	free(domain->kept);
	free(domain->mapping);
	free(domain->m2p);
	free(domain->m2p_start);
	free(domain);
}

/**
 * xp_domain_source - the domain as a source
 * @domain: open
 */
struct xp_source *xp_domain_source(struct xp_domain *domain)
{
	return &domain->source;
}

/**
 * xp_domain_state - ask Xen for a domain's state
 * @domain: open
 * @state: set
 *
 * Return: 0, or -ESRCH if it is gone or being destroyed.
 */
int xp_domain_state(struct xp_domain *domain, struct xp_domain_state *state)
{
	xc_domaininfo_t info;
	int err = get_info(domain, &info);

	if (err)
		return err;
	/* Its frames go back to Xen one by one, so it has no usable list. */
	if (info.flags & XEN_DOMINF_dying)
		return -ESRCH;
	*state = (struct xp_domain_state){
		.domid = domain->domid,
		.pages = info.tot_pages,
		.vcpus = info.nr_online_vcpus,
		.paused = info.flags & XEN_DOMINF_paused,
		.shutdown = info.flags & XEN_DOMINF_shutdown,
	};
	return 0;
}

/**
 * xp_domain_pause - pause a domain; all its vcpus have stopped on return
 * @domain: open, not our own
 *
 * Return: 0 or a negative errno.
 */
int xp_domain_pause(struct xp_domain *domain)
{
	return xc_domain_pause(domain->xch, domain->domid) ? -errno : 0;
}

/**
 * xp_domain_unpause - undo one xp_domain_pause()
 * @domain: open
 *
 * Return: 0 or a negative errno.
 */
int xp_domain_unpause(struct xp_domain *domain)
{
	return xc_domain_unpause(domain->xch, domain->domid) ? -errno : 0;
}

/**
 * xp_domain_mappings - number of frames of the domain that were mapped so far
 * @domain: open
 */
uint64_t xp_domain_mappings(const struct xp_domain *domain)
{
	return domain->mapped;
}

/**
 * xp_domain_is_own - is it the domain that we run in?
 * @domain: open
 */
bool xp_domain_is_own(const struct xp_domain *domain)
{
	return domain->target == DOMID_SELF;
}
