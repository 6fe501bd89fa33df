// swift-tools-version: 6.2
// The target graph is the architecture: what a target may import is what it lists here. DESIGN: ARCHITECTURE.md.
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A target inside the wall or just outside it, with the project's settings.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one target; every test target may use the shared support.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(name: name + "Tests", dependencies: dependencies + ["Support"], swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "reprise",
  products: [.executable(name: "reprise", targets: ["reprise"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // C shims: system libraries and the two host services Swift cannot name.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CElfutils", pkgConfig: "libdw", providers: [.apt(["libdw-dev"])]),
    .target(name: "CPages"),

    // Inside the wall.
    library("Bits"),
    library("VirtualTime"),
    library("StateCoding", ["CXXHash"]),
    library("SoftFloat", ["Bits"]),
    library("Backplane", ["Bits", "VirtualTime", "StateCoding", "CPages"]),
    library("HostCode", ["CPages"]),
    library("RISCV", ["Bits", "VirtualTime", "StateCoding", "SoftFloat", "Backplane", "HostCode", "CPages"]),
    library("Devices", ["Bits", "VirtualTime", "StateCoding", "Backplane"]),
    library("Boards", ["Bits", "VirtualTime", "StateCoding", "Backplane", "RISCV", "Devices"]),
    library("Archive", ["Bits", "VirtualTime", "CZstd", "CXXHash"]),
    library("Timeline", ["VirtualTime", "StateCoding", "Backplane", "Archive"]),
    library("GDBRemote"),
    library("Debugger", ["Archive", "Backplane", "Bits", "GDBRemote", "StateCoding", "Timeline", "VirtualTime"]),
    library("Scenario", ["VirtualTime", "Backplane"]),
    library("Export", ["VirtualTime", "Backplane", "RISCV"]),

    // Outside the wall.
    library("Host", ["Backplane", "VirtualTime", "CCrypto"]),
    library("ScenarioFile", ["Backplane", "Scenario", "VirtualTime", "CYAML"]),
    library("Symbols", ["Bits", "CElfutils"]),
    library(
      "Commands",
      [
        "Archive", "Backplane", "Boards", "Debugger", "Devices", "Export", "GDBRemote", "Host", "RISCV", "Scenario",
        "ScenarioFile", "StateCoding", "Symbols", "Timeline", "VirtualTime", argumentParser,
      ]),
    .executableTarget(name: "reprise", dependencies: ["Commands"], swiftSettings: strict),

    // Checks SoftFloat against the cases of Berkeley TestFloat: Tools/conformance-testfloat.
    .executableTarget(
      name: "testfloat-check", dependencies: ["SoftFloat"], path: "Tools/testfloat-check", swiftSettings: strict),

    // Times what a debugger does on one trace: Tools/bench.
    .executableTarget(
      name: "time-travel-bench",
      dependencies: ["Backplane", "Boards", "Commands", "StateCoding", "Timeline", "VirtualTime"],
      path: "Tools/time-travel-bench", swiftSettings: strict),
    // Bisects a real boot against one with a mistake planted in the emulator: Tools/bisect-linux.
    .executableTarget(
      name: "bisect-check",
      dependencies: ["Archive", "Backplane", "Boards", "Host", "Support", "Timeline", "VirtualTime"],
      path: "Tools/bisect-check", swiftSettings: strict),
    // Changes traces at random for as long as it is told to: CONTRIBUTING.md, "Fuzzing".
    .executableTarget(
      name: "fuzz", dependencies: ["Fuzzing", "GDBRemote", "RISCV", "Support"], path: "Tools/fuzz",
      swiftSettings: strict),

    // Tests.
    .target(
      name: "Fuzzing", dependencies: ["Archive", "VirtualTime", "CZstd", "CXXHash"], path: "Tests/Fuzzing",
      swiftSettings: strict),
    .target(
      name: "Support",
      dependencies: ["Archive", "Backplane", "Boards", "Devices", "RISCV", "StateCoding", "Timeline", "VirtualTime"],
      path: "Tests/Support", swiftSettings: strict),
    tests("Bits", ["Bits"]),
    tests("VirtualTime", ["VirtualTime"]),
    tests("StateCoding", ["StateCoding"]),
    tests("SoftFloat", ["SoftFloat"]),
    tests("Backplane", ["Backplane", "VirtualTime"]),
    tests("HostCode", ["HostCode"]),
    tests("RISCV", ["RISCV", "Backplane"]),
    tests("Devices", ["Devices", "Backplane", "VirtualTime", "StateCoding"]),
    tests("Boards", ["Boards", "Backplane", "RISCV", "VirtualTime", "StateCoding"]),
    tests("Archive", ["Archive", "Fuzzing", "VirtualTime", "CZstd", "CXXHash"]),
    tests(
      "Timeline",
      ["Timeline", "Archive", "Boards", "Backplane", "Debugger", "Host", "RISCV", "VirtualTime", "StateCoding"]),
    tests("GDBRemote", ["GDBRemote"]),
    tests("Debugger", ["Backplane", "Debugger", "GDBRemote", "VirtualTime"]),
    tests(
      "Scenario",
      ["Archive", "Backplane", "Boards", "RISCV", "Scenario", "StateCoding", "Timeline", "VirtualTime"]),
    tests("ScenarioFile", ["Backplane", "Scenario", "ScenarioFile", "VirtualTime"]),
    tests("Symbols", ["Bits", "Symbols"]),
    tests("Export", ["Backplane", "Boards", "Export", "RISCV", "VirtualTime"]),
    tests(
      "Commands",
      [
        "Archive", "Backplane", "Boards", "Commands", "Debugger", "Host", "RISCV", "Scenario", "StateCoding",
        "Timeline",
        "VirtualTime", argumentParser,
      ]),
    tests("Oracle", ["RISCV", "Boards", "Backplane", "VirtualTime"]),
    tests("Golden", ["Archive", "Backplane", "Boards", "Commands", "Timeline", "VirtualTime"]),
    tests("Tidy"),
  ]
)
