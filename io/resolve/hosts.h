/* Names that this machine knows by itself. */
#ifndef HOSTS_H
#define HOSTS_H

#include <stdbool.h>
#include <sys/select.h> /* for ares.h, which forgets it */

#include <ares.h>

#include <srflx/dns.h>

/* The answer, if the DNS need not be asked: localhost, and what is in /etc/hosts. */
bool srflxi_hosts_know(ares_channel channel, const struct srflx_dns_question *question,
                       struct srflx_dns_answer *ret_answer);

#endif
