#include <netinet/in.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Loaded when the outside is first spoken to (Kit/LateLibrary.swift). */
#define VECINOS_CURL "libcurl.so.4"
#pragma clang attribute push(__attribute__((weak)), apply_to = function)
#include <curl/curl.h>
#pragma clang attribute pop

/* curl_easy_setopt and curl_easy_getinfo take "...", which Swift does not see. */
static inline CURLcode vecinos_curl_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode vecinos_curl_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode vecinos_curl_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode vecinos_curl_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode vecinos_curl_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*vecinos_curl_bytes)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode vecinos_curl_bytes_callback(CURL *handle, CURLoption option, vecinos_curl_bytes callback) {
    return curl_easy_setopt(handle, option, callback);
}

static inline long vecinos_curl_status(CURL *handle) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* Networks that are nobody's public address: this machine, private, link-local, shared, documentation, multicast. */
static inline int vecinos_is_private_v4(uint32_t address) {
    const struct { uint32_t net; int bits; } nets[] = {
        {0x00000000, 8}, {0x0A000000, 8}, {0x64400000, 10}, {0x7F000000, 8}, {0xA9FE0000, 16}, {0xAC100000, 12},
        {0xC0000000, 24}, {0xC0000200, 24}, {0xC0A80000, 16}, {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24},
        {0xE0000000, 4}, {0xF0000000, 4},
    };
    for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        if ((address >> (32 - nets[i].bits)) == (nets[i].net >> (32 - nets[i].bits))) return 1;
    }
    return 0;
}

static inline uint32_t vecinos_v4_in(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

static inline int vecinos_is_private(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        return vecinos_is_private_v4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6) return 1;
    const unsigned char *bytes = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
    static const unsigned char zero[12] = {0};
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, zero, 12) == 0) return vecinos_is_private_v4(vecinos_v4_in(bytes + 12));
    if (bytes[0] == 0x00 && bytes[1] == 0x64) return vecinos_is_private_v4(vecinos_v4_in(bytes + 12)); /* NAT64 */
    if (bytes[0] == 0x20 && bytes[1] == 0x02) return vecinos_is_private_v4(vecinos_v4_in(bytes + 2));  /* 6to4 */
    /* Public addresses of today are 2000::/3; documentation (2001:db8::/32) and Teredo (2001::/32) are not. */
    if ((bytes[0] & 0xE0) != 0x20) return 1;
    return bytes[0] == 0x20 && bytes[1] == 0x01 && ((bytes[2] == 0x0D && bytes[3] == 0xB8) || (bytes[2] == 0 && bytes[3] == 0));
}

/* Asked by curl for each address it is about to connect to, after the name was looked up: a name that changes its
   address between a check and the connection gains nothing. `context` is not null where private networks are allowed. */
static inline curl_socket_t vecinos_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)purpose;
    if (context == NULL && vecinos_is_private(&address->addr)) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static inline void vecinos_curl_guard(CURL *handle, int allows_private) {
    static int allowed = 1;
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, vecinos_open_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, allows_private ? (void *)&allowed : NULL);
}
