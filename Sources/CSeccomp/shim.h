#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* SCMP_ACT_ERRNO is a macro with an argument, and prctl takes any number of them: Swift sees neither. */
static inline uint32_t vecinos_seccomp_errno(uint16_t number) { return SCMP_ACT_ERRNO(number); }
static inline int vecinos_give_up_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
static inline int vecinos_gave_up_privileges(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }
