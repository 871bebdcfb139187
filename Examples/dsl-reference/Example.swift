import Millrace

/// The topology of one section of the article "DSL reference", whose title is its name. Its body is shown there as it is.
struct Example: Sendable {
    let name: String
    /// Topics whose values are not texts.
    let numbers: Set<String>
    /// Topics whose keys are of windows.
    let windows: [String: Windowing]
    let build: @Sendable (StreamsBuilder) throws -> Void

    /// What the window of a key is written as.
    enum Windowing: Sendable {
        case sized(Int64)
        /// Its end belongs to it.
        case sliding(Int64)
        case session
    }

    init(
        _ name: String, numbers: Set<String> = [], windows: [String: Windowing] = [:],
        _ build: @escaping @Sendable (StreamsBuilder) throws -> Void
    ) {
        self.name = name
        self.numbers = numbers
        self.windows = windows
        self.build = build
    }

    static let all = streams + aggregations + windowed + joins + tables + processors
}
