#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What glibc offers only under _GNU_SOURCE, which Swift's view of it is built without. */
static inline int vecinos_memfd(void) { return (int)syscall(SYS_memfd_create, "", 1u /* MFD_CLOEXEC */); }
static inline int vecinos_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
static inline int vecinos_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

/* Two names of one folder change places in one step: renameat2 with RENAME_EXCHANGE. 0, or -1 with errno. */
static inline int vecinos_exchange(const char *first, const char *second) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, first, AT_FDCWD, second, 2u);
}
