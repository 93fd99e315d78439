// SPDX-License-Identifier: AGPL-3.0-or-later
// A wall clock that is ahead by ASSURE_AHEAD seconds, or by as many as stand in the first eight bytes of the file
// ASSURE_CLOCK, which may change at any time; for one process, by LD_PRELOAD. Counters of time since a start are
// left alone. (Debian's libfaketime moves `environ`, after which Swift's runtime no longer finds the arguments.)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static long ahead(void) {
    static long fixed;
    static const volatile long *seconds;
    if (!seconds) {
        const char *text = getenv("ASSURE_AHEAD"), *path = getenv("ASSURE_CLOCK");
        fixed = text ? atol(text) : 0;
        int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *page = file < 0 ? MAP_FAILED : mmap(0, sizeof fixed, PROT_READ, MAP_SHARED, file, 0);
        seconds = page == MAP_FAILED ? &fixed : page;
    }
    return *seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead();
    return result;
}

time_t time(time_t *to) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (to) *to = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}
