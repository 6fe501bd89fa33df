internal import ArgumentParser
internal import Backplane
internal import Boards
internal import Scenario
internal import Symbols

/// What a script names of the machine, found before the run: a wrong name is a mistake in the scenario, not a failure
/// of the guest.
enum ScriptSymbols {
  /// An image that may have symbols.
  struct Image {
    var role: ImageRole
    var name: String
    var bytes: [UInt8]
  }

  /// The addresses of the symbols that `script` names.
  /// - Parameter images: asked for the machine's images when there is a symbol.
  /// - Throws: `Failure`, when a symbol or a register is not known.
  static func addresses(_ script: Script, images: () throws -> [Image]) throws -> [String: UInt64] {
    try addresses(script) {
      let options = try SymbolOptions.parse([])
      var sources: [SymbolIndex.Source] = []
      var notes: [String] = []
      for image in try images() where image.role != .initrd {
        do {
          let table = try SymbolTable(file: image.bytes)
          sources.append(
            TraceSymbols.source(
              image.name, image.role, table, isELF: image.bytes.starts(with: [0x7f]), options))
        } catch {
          notes.append("no symbols of the \(image.role.rawValue) (\(image.name)): \(error)")
        }
      }
      return (SymbolIndex(sources), notes)
    }
  }

  /// The same with symbols that are known already.
  static func addresses(
    _ script: Script, index: () throws -> (index: SymbolIndex, notes: [String])
  ) throws -> [String: UInt64] {
    try checkRegisters(script)
    var addresses: [String: UInt64] = [:]
    var known: (index: SymbolIndex, notes: [String])?
    for symbol in script.symbols {
      if symbol.name.hasPrefix("*") {
        // The reader of scenarios has seen that it is a number.
        addresses[symbol.name] = try Quantity.count(String(symbol.name.dropFirst()))
        continue
      }
      let symbols = try known ?? index()
      known = symbols
      do {
        addresses[symbol.name] = try symbols.index.address(of: symbol.name)
      } catch {
        let notes = symbols.notes.map { "; \($0)" }.joined()
        throw Failure(ExitStatus.badScenario, "\(symbol.place): \(error)\(notes)")
      }
    }
    return addresses
  }

  private static func checkRegisters(_ script: Script) throws {
    for action in script.actions {
      guard case .assert(let assertion) = action.kind, case .register(let name) = assertion.subject,
        BoardView<VirtBoard>.number(ofRegister: name) == nil
      else { continue }
      throw Failure(
        ExitStatus.badScenario,
        "\(action.place): the board has no register '\(name)'; it has those that gdb shows: zero to t6, pc, ft0 to ft11"
          + " and the like, and CSRs such as mstatus")
    }
  }
}
