// The plain functions of SHA-256 are deprecated in favour of ones that start all of OpenSSL and read its configuration
// file: more than a digest may depend on, and most of libcrypto in a static program.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
