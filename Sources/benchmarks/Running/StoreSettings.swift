import Millrace
import MillraceCommandLine

/// Where and how a run keeps the rows of its stores.
struct StoreSettings: Sendable {
    /// Nil for none on disk.
    let directory: String?
    let engine: StoreEngine
    let memory: Int?

    /// What `--state-dir`, `--store` and `--state-memory` say.
    init(_ arguments: ParsedArguments, defaultDirectory: String? = nil) {
        directory = arguments.text("state-dir") == nil ? defaultDirectory : arguments.stateDirectory(of: nil)
        engine = arguments.text("store").flatMap { StoreEngine(rawValue: $0) } ?? .memory
        if engine == .rocksDB { RowEngine.shareArenas() }
        memory = arguments.bytes("state-memory")
    }

    func set(_ configuration: inout StreamsConfiguration) {
        configuration.stateDirectory = directory
        configuration.defaultStore = engine
        if let memory { configuration.stateMemory = memory }
    }
}
