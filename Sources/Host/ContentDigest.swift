internal import CCrypto

/// SHA-256 (FIPS 180-4), by OpenSSL.
public enum ContentDigest {
  /// The 32 bytes of the digest of `bytes`.
  public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
      var state = SHA256_CTX()
      SHA256_Init(&state)
      bytes.withUnsafeBufferPointer { _ = SHA256_Update(&state, $0.baseAddress, $0.count) }
      SHA256_Final(digest.baseAddress, &state)
      count = 32
    }
  }
}
