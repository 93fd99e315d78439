#include <zlib.h>

/* deflateInit2 is a macro, which Swift does not see. */
static inline int vecinos_deflate_init_gzip(z_streamp stream) {
    return deflateInit2(stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
