/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain of a running Xen as a source of words.  Everything that this
 * program asks Xen is asked here; nothing is ever written to a guest.
 */
#ifndef XP_XEN_H
#define XP_XEN_H

#include <stdio.h>

#include "source.h"

struct xp_domain;

/**
 * struct xp_domain_state - what Xen knows about a domain
 * @domid: its ID
 * @pages: number of pages that it has
 * @vcpus: number of vcpus that are online
 * @paused: somebody has paused it
 * @shutdown: it has shut down or crashed, but still exists
 */
struct xp_domain_state {
	unsigned int domid;
	uint64_t pages;
	unsigned int vcpus;
	bool paused;
	bool shutdown;
};

struct xp_domain *xp_domain_open(const char *name);
void xp_domain_close(struct xp_domain *domain);
struct xp_source *xp_domain_source(struct xp_domain *domain);
int xp_domain_state(struct xp_domain *domain, struct xp_domain_state *state);
int xp_domain_pause(struct xp_domain *domain);
int xp_domain_unpause(struct xp_domain *domain);
void xp_domain_forget(struct xp_domain *domain);
uint64_t xp_domain_mappings(const struct xp_domain *domain);
bool xp_domain_is_own(const struct xp_domain *domain);

void xp_interrupt(void);
int xp_sleep(double seconds);

#endif /* XP_XEN_H */
