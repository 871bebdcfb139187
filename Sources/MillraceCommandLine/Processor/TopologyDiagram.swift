/// A topology as a drawing for Mermaid or Graphviz, made from the text of `Topology.describe()`.
public struct TopologyDiagram: Sendable, Equatable {
    struct Node: Equatable {
        enum Shape { case processor, source, sink, topic, store }
        var id: String
        var label: String
        var shape: Shape
    }

    struct Cluster: Equatable {
        var title: String
        var nodes: [Node] = []
    }

    private(set) var clusters: [Cluster] = []
    /// Topics and stores, which several sub-topologies may share.
    private(set) var shared: [Node] = []
    private(set) var edges: [(from: String, to: String)] = []

    public static func == (left: TopologyDiagram, right: TopologyDiagram) -> Bool {
        left.clusters == right.clusters && left.shared == right.shared
            && left.edges.map { [$0.from, $0.to] } == right.edges.map { [$0.from, $0.to] }
    }

    /// Reads the text of `describe()`. Lines of another form are passed over.
    public init(description: String) {
        var current = ""
        for line in description.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let first = words.first else { continue }
            switch first {
            case "Sub-topology:":
                clusters.append(Cluster(title: words.joined(separator: " ")))
            case "Source:", "Processor:", "Sink:":
                guard words.count > 1 else { continue }
                current = String(words[1])
                add(current, kind: first, names: Self.names(in: line))
            case "-->":
                for name in Self.list(words.dropFirst().joined(separator: " ")) where name != "none" {
                    edges.append((current, name))
                }
            default: break
            }
        }
    }

    private mutating func add(_ name: String, kind: Substring, names: [String]) {
        if clusters.isEmpty { clusters.append(Cluster(title: "Topology")) }
        let last = clusters.count - 1
        switch kind {
        case "Source:":
            clusters[last].nodes.append(Node(id: name, label: name, shape: .source))
            for topic in names { edges.append((share(topic, .topic), name)) }
        case "Sink:":
            clusters[last].nodes.append(Node(id: name, label: name, shape: .sink))
            for topic in names { edges.append((name, share(topic, .topic))) }
        default:
            clusters[last].nodes.append(Node(id: name, label: name, shape: .processor))
            for store in names { edges.append((name, share(store, .store))) }
        }
    }

    private mutating func share(_ name: String, _ shape: Node.Shape) -> String {
        let node = Node(id: "\(shape) \(name)", label: name, shape: shape)
        if !shared.contains(node) { shared.append(node) }
        return node.id
    }

    /// The names in `(topics: [a, b])`, `(topic: a)` or `(stores: [a])`.
    private static func names(in line: Substring) -> [String] {
        guard let open = line.firstIndex(of: "("), let colon = line[open...].firstIndex(of: ":"), let close = line.lastIndex(of: ")"),
            colon < close
        else { return [] }
        return list(line[line.index(after: colon)..<close].filter { $0 != "[" && $0 != "]" })
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }
    }

    /// The drawing as a Mermaid flowchart.
    public var mermaid: String {
        var ids: [String: String] = [:]
        func id(_ name: String) -> String {
            if let known = ids[name] { return known }
            ids[name] = "n\(ids.count)"
            return ids[name] ?? ""
        }
        func draw(_ node: Node) -> String {
            let label = "\"\(node.label.replacing("\"", with: "#quot;"))\""
            return switch node.shape {
            case .processor: "\(id(node.id))[\(label)]"
            case .source, .sink: "\(id(node.id))([\(label)])"
            case .topic: "\(id(node.id))>\(label)]"
            case .store: "\(id(node.id))[(\(label))]"
            }
        }
        var text = "flowchart TD\n"
        for (index, cluster) in clusters.enumerated() {
            text += "    subgraph s\(index)[\"\(cluster.title)\"]\n"
            for node in cluster.nodes { text += "        \(draw(node))\n" }
            text += "    end\n"
        }
        for node in shared { text += "    \(draw(node))\n" }
        for edge in edges { text += "    \(id(edge.from)) --> \(id(edge.to))\n" }
        return text
    }

    /// The drawing in Graphviz's language.
    public var dot: String {
        func quote(_ text: String) -> String {
            "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        }
        func draw(_ node: Node) -> String {
            let shape =
                switch node.shape {
                case .processor: "box"
                case .source, .sink: "ellipse"
                case .topic: "note"
                case .store: "cylinder"
                }
            return "\(quote(node.id)) [label=\(quote(node.label)), shape=\(shape)];"
        }
        var text = "digraph topology {\n"
        for (index, cluster) in clusters.enumerated() {
            text += "    subgraph cluster_\(index) {\n        label=\(quote(cluster.title));\n"
            for node in cluster.nodes { text += "        \(draw(node))\n" }
            text += "    }\n"
        }
        for node in shared { text += "    \(draw(node))\n" }
        for edge in edges { text += "    \(quote(edge.from)) -> \(quote(edge.to));\n" }
        return text + "}\n"
    }
}
