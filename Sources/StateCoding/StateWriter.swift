/// Canonical bytes of a state.
public enum StateWriter {
  /// The canonical bytes of `state`: positional, little-endian, the same on every host.
  public static func bytes<State: MachineState>(of state: State) -> [UInt8] { [] }
}
