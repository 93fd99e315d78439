// SPDX-License-Identifier: AGPL-3.0-or-later
// Loaded before libc (LD_PRELOAD): an fsync takes at least SYNC_MICROSECONDS, as on a disk that has to write before it answers.
// Some virtual machines answer one in 50 µs, from a cache of their host; a server's SSD takes 0.5 to 5 ms.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int slowly(const char *name, int file) {
    const char *least = getenv("SYNC_MICROSECONDS");
    long long end = now() + (least ? atoll(least) : 0) * 1000;
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = real(file);
    long long rest = end - now();
    if (rest > 0) {
        struct timespec pause = {rest / 1000000000LL, rest % 1000000000LL};
        nanosleep(&pause, NULL);
    }
    return result;
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
