public import Millrace

/// Counts the words of lines of text: the first example of stream processing.
///
/// Reads `lines` (value: a line) and writes `word-counts`: word -> int64, the latest per word being its count.
public enum WordCount {
    /// The topology.
    public static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream("lines", value: .string)
            .nonNull()
            .flatMapValues { line in words(of: line) }
            .groupBy { _, word in word }
            .count(.as("word-counts-store"))
            .toStream()
            .to("word-counts")
        return try builder.build()
    }

    /// The runs of letters and digits of a line, in lower case.
    static func words(of line: String) -> [String] {
        line.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
