/*
 * memcheck.h
 *		What PostgreSQL tells valgrind of its memory contexts, said to
 *		AddressSanitizer: what palloc() gave is what may be used of them, and
 *		what pfree() took is not. script/sanitize builds a server with it, in
 *		place of valgrind's own header.
 */
#ifndef ASAN_MEMCHECK_H
#define ASAN_MEMCHECK_H

#include <sanitizer/asan_interface.h>

#define VALGRIND_MAKE_MEM_NOACCESS(addr, size)	ASAN_POISON_MEMORY_REGION(addr, size)
#define VALGRIND_MAKE_MEM_UNDEFINED(addr, size) ASAN_UNPOISON_MEMORY_REGION(addr, size)
#define VALGRIND_MAKE_MEM_DEFINED(addr, size)	ASAN_UNPOISON_MEMORY_REGION(addr, size)
#define VALGRIND_MEMPOOL_ALLOC(pool, addr, size) ASAN_UNPOISON_MEMORY_REGION(addr, size)
#define VALGRIND_MEMPOOL_CHANGE(pool, old, addr, size) ASAN_UNPOISON_MEMORY_REGION(addr, size)

/* what is freed is wiped, which ends with NOACCESS */
#define VALGRIND_MEMPOOL_FREE(pool, addr)		((void) 0)
#define VALGRIND_CREATE_MEMPOOL(pool, redzones, zeroed) ((void) 0)
#define VALGRIND_DESTROY_MEMPOOL(pool)			((void) 0)

/* whether memory was written before it is read is for valgrind */
#define VALGRIND_CHECK_MEM_IS_DEFINED(addr, size) ((void) 0)

#endif							/* ASAN_MEMCHECK_H */
