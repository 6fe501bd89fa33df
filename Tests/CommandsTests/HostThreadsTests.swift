import Testing

@testable import Host

@Suite struct HostThreadsTests {
  /// As many threads as Slurm has given to a task, when that is fewer than the processors that it may run on.
  @Test(arguments: [(nil, 8), ("3", 3), ("64", 8), ("0", 8), ("many", 8), ("", 8)] as [(String?, Int)])
  func threadsAreThoseThatWereGiven(_ slurm: String?, _ count: Int) {
    #expect(HostThreads.available(processorCount: 8, slurm: slurm) == count)
    #expect(HostThreads.available >= 1)
  }

  /// `taskset` and the masks of schedulers show in what Linux tells of a process.
  @Test(
    arguments: [
      ("Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\nMems_allowed:\t1\n", 8), ("Cpus_allowed_list:\t3\n", 1),
      ("Cpus_allowed_list:\t0-3,8,10-11\n", 7), ("Cpus_allowed_list:\t\n", nil), ("Cpus_allowed_list:\t5-3\n", nil),
      ("Cpus_allowed_list:\ta-b\n", nil), ("Cpus_allowed_list:\t0-99999999999\n", nil), ("Name:\tx\n", nil),
    ] as [(String, Int?)])
  func processorsThatAreForbiddenDoNotCount(_ status: String, _ count: Int?) {
    #expect(HostThreads.allowedCount(status) == count)
  }
}
