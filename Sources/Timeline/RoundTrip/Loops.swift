internal import Backplane
internal import StateCoding
internal import VirtualTime

/// Puts a second machine back to where the first one stands, and lets it go on in lock step with what the first run was
/// like; finds the step at which they part.
struct Loops<B: Board> {
  /// Into how many pieces a stretch is cut when the first difference in it is looked for.
  private static var pieces: UInt64 { 64 }

  unowned let trip: RoundTrip<B>
  /// The machine that runs without ever being put back.
  let live: RoundTrip<B>.Berth
  /// The machine that is put back.
  let other: RoundTrip<B>.Berth
  let waypoints: Waypoints
  /// What an undisturbed run had at each of `waypoints`.
  let standings: [Standing]

  /// Puts the other machine back to `checkpoint`, of waypoint `index`, where the live one stands, and runs it to the
  /// next place of that kind.
  func loop(
    _ way: RoundTripWay, _ taken: Checkpoint<B>, at index: Int
  ) throws -> RoundTripDifference? {
    var checkpoint = taken
    if way == .decoded {
      switch decoded(taken, at: index) {
      case .success(let another): checkpoint = another
      case .failure(let problem): return problem.difference
      }
    }
    guard other.checkpointer.restore(checkpoint), other.standing == standings[index] else {
      let here = standings[index].moment
      return described(.restored(way), live.machine, other.machine, checkpoint, here...here)
    }
    var run = trip.run(of: other.machine, dropsCaches: way == .cachesDropped)
    let stretch = waypoints.stretch(behind: index, stored: way == .stored)
    for next in stretch {
      try run.advance(to: waypoints.list[next].target)
      guard run.standing == standings[next] else { return try tellApart(way, checkpoint, next) }
    }
    trip.note(
      restored: other.machine.moment.step.count - checkpoint.moment.step.count, places: stretch.count + 1)
    return nil
  }

  private struct CodingProblem: Error {
    let difference: RoundTripDifference
  }

  /// The same checkpoint with a board that has been bytes in between.
  private func decoded(_ checkpoint: Checkpoint<B>, at index: Int) -> Result<Checkpoint<B>, CodingProblem> {
    let here = checkpoint.moment
    var difference = RoundTripDifference(
      subject: .coding, checkpoint: here, lastCommon: here, found: here, isNarrowed: true)
    let bytes = StateWriter.bytes(of: checkpoint.board)
    do {
      let board = try StateReader.decode(B.self, from: bytes)
      guard StateWriter.bytes(of: board) != bytes else {
        return .success(checkpoint.with(board))
      }
      difference.fields = StateDifference.between(checkpoint.board, board, limit: 8)
    } catch {
      difference.fields = ["the board's own bytes are refused: \(error)"]
    }
    return .failure(CodingProblem(difference: difference))
  }

  // MARK: - Telling runs apart

  /// The difference between the run that the other machine has made from `checkpoint` and an undisturbed one, which
  /// showed at waypoint `next`.
  private func tellApart(
    _ way: RoundTripWay, _ checkpoint: Checkpoint<B>, _ next: Int
  ) throws -> RoundTripDifference {
    trip.noteNarrowing()
    let found = other.checkpointer.take().checkpoint
    var reference = try trip.undisturbed()
    try reference.advance(to: waypoints.list[next].target)
    // A machine that runs differently each time is no measure.
    guard reference.standing == standings[next] else { return try tellRunsApart(next, reference.machine) }
    let stretch = standings[next - 1].moment...max(standings[next - 1].moment, waypoints.list[next].target)
    let again = { () throws -> LoneRun<B>? in
      other.checkpointer.restore(checkpoint) ? trip.run(of: other.machine, dropsCaches: way == .cachesDropped) : nil
    }
    if let parting = try narrow(stretch, other: again) {
      return described(.continued(way), parting.reference, parting.other, checkpoint, parting.between)
    }
    _ = other.checkpointer.restore(found)
    return described(
      .continued(way), reference.machine, other.machine, checkpoint,
      stretch.lowerBound...max(stretch.lowerBound, found.moment), isNarrowed: false)
  }

  /// The difference between two runs from the start, which showed at waypoint `index`, where `machine` has come to.
  func tellRunsApart(_ index: Int, _ machine: Machine<B>) throws -> RoundTripDifference {
    trip.noteNarrowing()
    let stretch = trip.start...max(trip.start, waypoints.list[index].target)
    if let parting = try narrow(stretch, other: trip.undisturbed) {
      return described(.wholeRuns, parting.reference, parting.other, nil, parting.between)
    }
    var reference = try trip.undisturbed()
    try reference.advance(to: waypoints.list[index].target)
    let common = index > 0 ? standings[index - 1].moment : trip.start
    return described(
      .wholeRuns, reference.machine, machine, nil, common...max(common, machine.moment), isNarrowed: false)
  }

  /// Two machines that have just parted, and the moments between which they did.
  private struct Parting {
    let reference: Machine<B>
    let other: Machine<B>
    let between: ClosedRange<Moment>
  }

  /// Finds the first step of `stretch` behind which an undisturbed run and that of `other` differ; `nil` when they do
  /// not. Machines only go forward: each round both run anew to the start of a shorter stretch, and from there in
  /// small pieces.
  private func narrow(_ stretch: ClosedRange<Moment>, other again: () throws -> LoneRun<B>?) throws -> Parting? {
    var (low, high) = (stretch.lowerBound, stretch.upperBound)
    while true {
      var reference = try trip.undisturbed()
      guard var other = try again() else { return nil }
      try reference.advance(to: low)
      try other.advance(to: low)
      guard reference.standing == other.standing else { return nil }
      let distance = high.step.count - low.step.count
      let piece = max(1, distance / Self.pieces)
      var parted: Moment?
      while parted == nil, low < high {
        let target = distance == 0 ? high : min(high, Moment(step: Step(low.step.count + piece), cycle: .zero))
        let common = reference.machine.moment
        try reference.advance(to: target)
        try other.advance(to: target)
        if reference.standing != other.standing {
          (low, parted) = (common, target)
        } else {
          guard reference.machine.moment > common else { return nil }
          low = target
        }
      }
      guard let parted else { return nil }
      if piece == 1 {
        let found = max(low, min(reference.machine.moment, other.machine.moment))
        return Parting(reference: reference.machine, other: other.machine, between: low...found)
      }
      high = parted
    }
  }

  private func described(
    _ subject: RoundTripDifference.Subject, _ left: Machine<B>, _ right: Machine<B>, _ checkpoint: Checkpoint<B>?,
    _ between: ClosedRange<Moment>, isNarrowed: Bool = true
  ) -> RoundTripDifference {
    var difference = RoundTripDifference(
      subject: subject, checkpoint: checkpoint?.moment ?? trip.start, lastCommon: between.lowerBound,
      found: between.upperBound, isNarrowed: isNarrowed)
    difference.fields = StateDifference.between(left.board, right.board, limit: 8)
    difference.memory = MemoryDifference.between(left.memory, right.memory)
    if let checkpoint {
      // The live machine still stands where the checkpoint was taken.
      let kept = StoredProperties.differences(live.machine.board, checkpoint.board)
      let isState = StateDifference.between(live.machine.board, checkpoint.board, limit: .max)
      difference.forgotten = kept.filter { !isState.contains($0) }
    }
    return difference
  }
}

extension RoundTrip.Berth {
  var moment: Moment { machine.moment }
  var standing: Standing { Standing(moment: machine.moment, digest: machine.digest()) }
}
