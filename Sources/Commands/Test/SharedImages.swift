internal import Archive
internal import Backplane
internal import Boards
internal import Host

/// A file that machines load, read once for all of them.
final class SharedImage: Sendable {
  /// Where it was read.
  let path: String
  /// What is in it.
  let bytes: [UInt8]
  /// The digest of `bytes`.
  let sha256: [UInt8]
  private let encoded = Locked<[Int: EncodedImage]>([:])

  init(_ path: String, _ bytes: [UInt8]) {
    (self.path, self.bytes, sha256) = (path, bytes, ContentDigest.sha256(bytes))
  }

  /// The image as traces hold it that have it in place `number`. Who asks first, makes it; the others wait.
  func encoded(_ number: Int) -> EncodedImage {
    encoded.withLock { known in
      if let image = known[number] { return image }
      let image = EncodedImage(number, bytes)
      known[number] = image
      return image
    }
  }
}

/// The files of images, each read once.
final class SharedImages {
  private var images: [String: SharedImage] = [:]

  /// The image that `wanted` names.
  /// - Throws: `Failure`, when it cannot be read, or is not the one that is wanted.
  func image(_ wanted: MachinePlan.Image) throws -> SharedImage {
    let image: SharedImage
    if let known = images[wanted.path] {
      image = known
    } else {
      do {
        image = SharedImage(wanted.path, try InputFile.contents(of: wanted.path, limit: ImageFiles.byteCountMax))
      } catch {
        throw Failure(ExitStatus.missingInput, "\(wanted.origin): \(error)")
      }
      images[wanted.path] = image
    }
    if let digest = wanted.sha256, digest != image.sha256 {
      throw Failure(
        ExitStatus.missingInput,
        "\(wanted.origin): \(wanted.path) is not the file that is wanted: its SHA-256 digest is"
          + " \(Show.hexadecimal(image.sha256)), not \(Show.hexadecimal(digest))")
    }
    return image
  }
}
