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

  /// The 32 bytes of the digest of what is in `file`, read piece by piece.
  public static func sha256(of file: InputFile) throws(HostError) -> [UInt8] {
    var state = SHA256_CTX()
    SHA256_Init(&state)
    var done = 0
    while done < file.count {
      let part = try file.read(done..<min(file.count, done + (1 << 20)))
      guard !part.isEmpty else { break }
      SHA256_Update(&state, part, part.count)
      done += part.count
    }
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256_Final(&digest, &state)
    return digest
  }
}
