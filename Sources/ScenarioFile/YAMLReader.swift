internal import CYAML

/// Reads one YAML document into nodes, by libyaml's events.
///
/// Only what scenarios need: mappings with text keys, lists, scalars. Anchors and aliases are refused, so what is read
/// is never larger than what was written; tags, directives and further documents are refused too. Depth and size are
/// bounded.
struct YAMLReader {
  /// The largest file, in bytes.
  static let sizeMax = 256 << 10
  /// How deep values may lie in each other.
  static let depthMax = 32

  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let bytes: UnsafeBufferPointer<UInt8>
  private let file: String

  /// The document in `bytes`; `nil` when there is none in it.
  /// - Parameter file: what to call it in places.
  static func read(_ bytes: [UInt8], file: String = "") throws(Problem) -> YAMLNode? {
    let start = Mark(line: 1, column: 1, file: file)
    guard bytes.count <= sizeMax else {
      throw Problem(start, "the file has \(bytes.count) bytes; at most \(sizeMax) are read")
    }
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<YAMLNode?, Problem> in
      let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
      defer { parser.deallocate() }
      guard yaml_parser_initialize(parser) == 1 else {
        return .failure(Problem(start, "there is no memory to read it"))
      }
      defer { yaml_parser_delete(parser) }
      yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
      let reader = YAMLReader(parser: parser, bytes: buffer, file: file)
      do throws(Problem) { return .success(try reader.readStream()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  // MARK: Events

  /// An event without libyaml's memory.
  private enum Event {
    case streamStart, streamEnd, documentStart, documentEnd, sequenceStart, sequenceEnd, mappingStart, mappingEnd
    case scalar(String, isPlain: Bool)
  }

  private func next() throws(Problem) -> (event: Event, mark: Mark) {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxProblem() }
    defer { yaml_event_delete(&event) }
    let mark = place(event.start_mark)
    switch event.type {
    case YAML_STREAM_START_EVENT: return (.streamStart, mark)
    case YAML_STREAM_END_EVENT: return (.streamEnd, mark)
    case YAML_DOCUMENT_START_EVENT:
      let start = event.data.document_start
      guard start.version_directive == nil, start.tag_directives.start == start.tag_directives.end else {
        throw Problem(mark, "directives (lines beginning with %) are not used here")
      }
      return (.documentStart, mark)
    case YAML_DOCUMENT_END_EVENT: return (.documentEnd, mark)
    case YAML_ALIAS_EVENT: throw Problem(mark, "aliases (*name) are not used here: write the value out")
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try refuse(anchor: scalar.anchor, tag: scalar.tag, mark)
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return (.scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), mark)
    case YAML_SEQUENCE_START_EVENT:
      try refuse(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, mark)
      return (.sequenceStart, mark)
    case YAML_MAPPING_START_EVENT:
      try refuse(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, mark)
      return (.mappingStart, mark)
    case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, mark)
    case YAML_MAPPING_END_EVENT: return (.mappingEnd, mark)
    default: throw Problem(mark, "libyaml reported an event that is not known here")
    }
  }

  /// libyaml counts from 0.
  private func place(_ mark: yaml_mark_t) -> Mark {
    Mark(line: Int(mark.line) + 1, column: Int(mark.column) + 1, file: file)
  }

  private func refuse(
    anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?, _ mark: Mark
  ) throws(Problem) {
    if anchor != nil { throw Problem(mark, "anchors (&name) are not used here: write each value out") }
    if tag != nil { throw Problem(mark, "tags (!name) are not used here") }
  }

  /// What libyaml says is wrong.
  private func syntaxProblem() -> Problem {
    let reason = parser.pointee.problem.map { String(cString: $0) } ?? "it cannot be read"
    let context = parser.pointee.context.map { " (\(String(cString: $0)))" } ?? ""
    switch parser.pointee.error {
    case YAML_MEMORY_ERROR: return Problem(Mark(line: 1, column: 1, file: file), "there is no memory to read it")
    case YAML_READER_ERROR: return Problem(mark(atByte: Int(parser.pointee.problem_offset)), "not text: \(reason)")
    default: return Problem(place(parser.pointee.problem_mark), "not YAML: \(reason)\(context)")
    }
  }

  /// The place of a byte that is not part of any text.
  private func mark(atByte offset: Int) -> Mark {
    var mark = Mark(line: 1, column: 1, file: file)
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        mark = Mark(line: mark.line + 1, column: 1, file: file)
      } else if byte & 0xc0 != 0x80 {
        mark.column += 1
      }
    }
    return mark
  }

  // MARK: Nodes

  private func readStream() throws(Problem) -> YAMLNode? {
    var document: YAMLNode?
    while true {
      let (event, mark) = try next()
      switch event {
      case .streamStart, .documentEnd: break
      case .streamEnd: return document
      case .documentStart:
        if document != nil { throw Problem(mark, "a second document begins here; a scenario is one document") }
        let (first, mark) = try next()
        document = try readNode(first, mark, depth: 1)
      default: throw Problem(mark, "libyaml reported an event out of order")
      }
    }
  }

  private func readNode(_ event: Event, _ mark: Mark, depth: Int) throws(Problem) -> YAMLNode {
    guard depth <= Self.depthMax else { throw Problem(mark, "values lie deeper in each other than \(Self.depthMax)") }
    switch event {
    case .scalar(let text, let isPlain): return YAMLNode(content: .scalar(text, isPlain: isPlain), mark: mark)
    case .sequenceStart:
      var items: [YAMLNode] = []
      while true {
        let (event, place) = try next()
        if case .sequenceEnd = event { return YAMLNode(content: .sequence(items), mark: mark) }
        items.append(try readNode(event, place, depth: depth + 1))
      }
    case .mappingStart: return try readMapping(mark, depth: depth)
    default: throw Problem(mark, "libyaml reported an event out of order")
    }
  }

  private func readMapping(_ mark: Mark, depth: Int) throws(Problem) -> YAMLNode {
    var entries: [YAMLEntry] = []
    var places: [String: Mark] = [:]
    while true {
      let (event, keyMark) = try next()
      if case .mappingEnd = event { return YAMLNode(content: .mapping(entries), mark: mark) }
      guard case .scalar(let key, _) = event else { throw Problem(keyMark, "a key must be text") }
      if let first = places.updateValue(keyMark, forKey: key) {
        throw Problem(
          keyMark, "the key '\(key.prefix(60))' is here a second time; it was in line \(first.line) already")
      }
      let (first, valueMark) = try next()
      let value = try readNode(first, valueMark, depth: depth + 1)
      entries.append(YAMLEntry(key: key, keyMark: keyMark, value: value))
    }
  }
}
