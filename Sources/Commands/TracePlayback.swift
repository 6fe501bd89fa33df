public import Boards
internal import Host
public import Timeline

/// Traces opened for moving about in.
public enum TracePlayback {
  /// Opens the trace at `path`.
  /// - Parameters:
  ///   - images: files of images that the trace only names, as `ROLE=FILE`.
  ///   - checkpointBytes: memory for checkpoints.
  public static func open(
    _ path: String, images: [String] = [], checkpointBytes: Int = Playback<VirtBoard>.Limits().checkpointBytes
  ) throws -> Playback<VirtBoard> {
    let reader = try TraceFile.open(path)
    let machine = try TraceMachine.make(reader, files: try ImageArgument.parse(images))
    return try Playback(
      machine: machine, reader: reader, workers: HostThreads(), limits: .init(checkpointBytes: checkpointBytes))
  }
}
