extension TopologyDescription {
    /// Reads the text of `describe()`, Millrace's or Kafka Streams'. What was read prints as it was written, but for
    /// the class that Kafka Streams names where records choose their topics.
    ///
    /// Throws a `TopologyTextError` that names the line if the text is not of that form, and if it is not whole: a
    /// neighbour of a step is not there.
    public init(parsing text: String) throws {
        var reader = DescriptionReader()
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            try reader.read(line, number: index + 1)
        }
        subTopologies = try reader.finish()
    }
}

/// Takes the lines of a description one by one.
private struct DescriptionReader {
    private struct Part {
        let id: Int
        let isGlobal: Bool
        var nodes: [(node: TopologyDescription.Node, line: Int, before: Substring?, after: Substring?)] = []
    }

    private var hasTitle = false
    private var parts: [Part] = []

    mutating func read(_ line: Substring, number: Int) throws {
        let text = line.drop { $0 == " " }
        func fail(_ message: String) -> TopologyTextError { TopologyTextError(line: number, message: message) }
        if text.isEmpty { return }
        guard hasTitle else {
            guard text == "Topologies:" else { throw fail("a description begins with \"Topologies:\"") }
            hasTitle = true
            return
        }
        if let rest = text.after("Sub-topology: ") {
            let digits = rest.prefix { $0.isNumber }
            let kind = rest.dropFirst(digits.count)
            guard let id = Int(digits), kind.isEmpty || kind.hasPrefix(" for global store") else {
                throw fail("a sub-topology has a number")
            }
            if parts.contains(where: { $0.id == id }) { throw fail("the sub-topology \(id) is there twice") }
            parts.append(Part(id: id, isGlobal: !kind.isEmpty))
            return
        }
        guard let part = parts.indices.last else { throw fail("\"Sub-topology: NUMBER\" is expected") }
        if let names = text.after("--> ") ?? text.after("<-- ") {
            guard let last = parts[part].nodes.indices.last else { throw fail("an arrow belongs to a step") }
            if text.first == "-" {
                parts[part].nodes[last].after = names
            } else {
                parts[part].nodes[last].before = names
            }
            return
        }
        guard let (name, kind) = Self.node(text) else {
            throw fail("neither a source, a processor or a sink, nor an arrow: \(text.prefix(60))")
        }
        if parts.contains(where: { $0.nodes.contains { $0.node.name == name } }) {
            throw fail("the step \(name) is there twice")
        }
        parts[part].nodes.append(
            (.init(name: name, kind: kind, predecessors: [], successors: []), number, nil, nil))
    }

    func finish() throws -> [TopologyDescription.SubTopology] {
        guard hasTitle else {
            throw TopologyTextError(line: 0, message: "the text is empty; a description begins with \"Topologies:\"")
        }
        return try parts.map { part in
            let names = Set(part.nodes.map(\.node.name))
            let nodes = try part.nodes.map { node, line, before, after in
                var node = node
                var (isSource, isSink) = (false, false)
                switch node.kind {
                case .source, .sourcePattern: isSource = true
                case .processor: break
                case .sink: isSink = true
                }
                guard isSource == (before == nil), isSink == (after == nil) else {
                    throw TopologyTextError(
                        line: line,
                        message: "the step \(node.name) has not the arrows that it should; is the text whole?")
                }
                node.predecessors = try Self.neighbours(before, names, of: node.name, line)
                node.successors = try Self.neighbours(after, names, of: node.name, line)
                return node
            }
            return TopologyDescription.SubTopology(id: part.id, isGlobal: part.isGlobal, nodes: nodes)
        }
    }

    /// The step that a line is about.
    private static func node(_ text: Substring) -> (name: String, kind: TopologyDescription.Node.Kind)? {
        if let (name, list) = text.after("Source: ")?.split(around: " (topics: [", before: "])") {
            return (name, .source(topics: items(list)))
        }
        if let (name, pattern) = text.after("Source: ")?.split(around: " (topics: ", before: ")") {
            return (name, .sourcePattern(pattern))
        }
        if let (name, list) = text.after("Processor: ")?.split(around: " (stores: [", before: "])") {
            return (name, .processor(stores: items(list)))
        }
        guard let sink = text.after("Sink: ") else { return nil }
        if let (name, topic) = sink.split(around: " (topic: ", before: ")") { return (name, .sink(topic: topic)) }
        return sink.split(around: " (extractor class: ", before: ")").map { ($0.0, .sink(topic: nil)) }
    }

    private static func items(_ list: String) -> [String] { list.isEmpty ? [] : list.components(by: ", ") }

    /// The steps that an arrow names. A name may contain what separates names, so the longest known ones are taken.
    private static func neighbours(
        _ list: Substring?, _ known: Set<String>, of step: String, _ line: Int
    ) throws -> [String] {
        guard let list, list != "none" || known.contains("none") else { return [] }
        var found: [String] = []
        var rest = String(list).components(by: ", ")[...]
        while let first = rest.first {
            let lengths = (1...rest.count).reversed()
            guard let length = lengths.first(where: { known.contains(rest.prefix($0).joined(separator: ", ")) }) else {
                throw TopologyTextError(
                    line: line,
                    message: "the step \(step) is connected to \(first), which its sub-topology does not have")
            }
            found.append(rest.prefix(length).joined(separator: ", "))
            rest = rest.dropFirst(length)
        }
        return found
    }
}

extension Substring {
    fileprivate func after(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }

    /// What is before the last `mark`, and what is between it and `end`.
    fileprivate func split(around mark: String, before end: String) -> (String, String)? {
        guard hasSuffix(end), let range = ranges(of: mark).last else { return nil }
        let inner = self[range.upperBound...]
        guard inner.count >= end.count else { return nil }
        return (String(self[..<range.lowerBound]), String(inner.dropLast(end.count)))
    }
}

extension String {
    fileprivate func components(by separator: String) -> [String] { split(separator: separator).map(String.init) }
}
