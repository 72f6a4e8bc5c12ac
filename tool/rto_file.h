/* What `srflx query` has learnt about round-trip times, from one run to the next. */
#ifndef RTO_FILE_H
#define RTO_FILE_H

#include <srflx/rto.h>

/* Reads $XDG_CACHE_HOME/srflx/rto, or ~/.cache/srflx/rto, into the cache. A file that is not ours, that others
 * can write, or that has anything wrong in it, counts as none. */
void rto_file_load(struct srflx_rto_cache *cache);

/* Writes it anew, for us alone. What fails is of no consequence. */
void rto_file_save(const struct srflx_rto_cache *cache);

#endif
