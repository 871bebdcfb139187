import KafkaProtocol

extension KStream {
    /// Prints each record as a line `[label]: key, value` to the standard output and ends the stream; null is `null`. For trying a
    /// topology out. Kafka Streams' `print(Printed.toSysOut())`.
    ///
    /// ```swift
    /// counts.toStream().print("counts")
    /// // ("a", 1)  ->  [counts]: a, 1
    /// ```
    ///
    /// - Parameters:
    ///   - label: What lines begin with; nil for the name of the step that the stream comes from.
    ///   - named: The name of the step.
    ///   - write: Takes a line with its line feed; the standard output keeps those of several threads apart. Called on the threads of several tasks at once.
    public func print(
        _ label: String? = nil, named: Named? = nil,
        to write: @escaping @Sendable (_ line: String) -> Void = { Swift.print($0, terminator: "") }
    ) {
        let label = label ?? node
        let _: KStream<Key, Value> = step(
            "KSTREAM-PRINTER-", named: named, key: keySerde, value: valueSerde, rekeys: false
        ) { mark, _ in
            { key, value, _, _ in
                mark.enter()
                write("[\(label)]: \(text(key)), \(text(value))\n")
            }
        }
    }
}

private func text(_ part: (some Any)?) -> String { part.map { "\($0)" } ?? "null" }
