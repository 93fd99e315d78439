#include <zlib.h>

/* deflateInit2 and inflateInit2 are macros, which Swift does not see. */
static inline int vecinos_deflate_init_gzip(z_streamp stream) {
    return deflateInit2(stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int vecinos_inflate_init_gzip(z_streamp stream) { return inflateInit2(stream, 15 + 16); }
