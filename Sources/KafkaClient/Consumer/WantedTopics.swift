/// Which topics a consumer reads that looks for them.
struct WantedTopics: Sendable {
    /// Those that were named, whether they are there or not.
    let named: [String]
    /// Whether a topic that is there is one.
    let matches: @Sendable (String) -> Bool
    /// Whether they have not been looked for yet.
    var isFirst = true
}
