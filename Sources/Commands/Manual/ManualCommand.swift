internal import ArgumentParser
internal import Host

/// `reprise manual`.
struct ManualCommand: Performing {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Write the manual pages of this program into a folder.",
    discussion: """
      A page for the whole command and one for each subcommand, which replace those that are there. The package has \
      them already; who has the program alone puts them where man looks: ~/.local/share/man/man1.
      """)

  @Argument(help: ArgumentHelp("The folder, which must be there.", valueName: "folder"), completion: .directory)
  var folder: String

  func perform(_ streams: Streams) throws -> Int32 {
    let tree: CommandTree
    do {
      tree = try CommandTree.ofThisProgram()
    } catch {
      throw Failure(ExitStatus.internalError, "the argument parser describes commands in a way not known: \(error)")
    }
    let pages = ManualPage.all(tree, version: Reprise.version)
    for page in pages {
      do {
        let file = try AppendFile(creating: folder + "/" + page.fileName, replacing: true)
        try file.append(Array(page.text.utf8))
        file.close()
      } catch {
        throw Failure(
          ExitStatus.cannotCreate, "\(error)", next: "mkdir -p \(Show.shellWord(folder))")
      }
    }
    streams.print("\(folder): \(Show.count(pages.count, "page")) of the manual")
    return ExitStatus.success
  }
}
