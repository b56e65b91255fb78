/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain of a running Xen as a source of words.  Everything that this
 * program asks of Xen is asked here; nothing is ever written to a guest.
 */
#ifndef XEN_P2M_XEN_H
#define XEN_P2M_XEN_H

#include <stdio.h>

#include "source.h"

struct xen_domain;

/**
 * struct xen_domain_state - what Xen knows of a domain
 * @domid: its number
 * @pages: pages that it has
 * @vcpus: those that are online
 * @paused: does not run, by somebody's wish
 * @shutdown: has shut down or crashed, and is kept
 */
struct xen_domain_state {
	unsigned int domid;
	uint64_t pages;
	unsigned int vcpus;
	bool paused;
	bool shutdown;
};

struct xen_domain *xen_domain_open(const char *name);
void xen_domain_close(struct xen_domain *domain);
struct p2m_source *xen_domain_source(struct xen_domain *domain);
int xen_domain_state(struct xen_domain *domain, struct xen_domain_state *state);
int xen_domain_pause(struct xen_domain *domain);
int xen_domain_unpause(struct xen_domain *domain);
void xen_domain_forget(struct xen_domain *domain);
uint64_t xen_domain_mappings(const struct xen_domain *domain);
bool xen_domain_is_own(const struct xen_domain *domain);

void xen_interrupt(void);
int xen_sleep(double seconds);

#endif /* XEN_P2M_XEN_H */
