extension TopologyDescription {
    /// The topology as a Mermaid flowchart: a box a sub-topology, topics and stores between them.
    public var mermaid: String {
        let drawing = Drawing(self)
        func label(_ text: String) -> String { "\"\(text.replacing("\"", with: "#quot;"))\"" }
        func draw(_ shape: Drawing.Shape) -> String {
            let text = label(shape.label)
            return switch shape.kind {
            case .step: "\(shape.id)[\(text)]"
            case .end: "\(shape.id)([\(text)])"
            case .topic: "\(shape.id)>\(text)]"
            case .store: "\(shape.id)[(\(text))]"
            }
        }
        var text = "flowchart TD\n"
        for (index, box) in drawing.boxes.enumerated() {
            text += "    subgraph s\(index)[\(label(box.title))]\n"
            for shape in box.shapes { text += "        \(draw(shape))\n" }
            text += "    end\n"
        }
        for shape in drawing.shared { text += "    \(draw(shape))\n" }
        for edge in drawing.edges { text += "    \(edge.from) --> \(edge.to)\n" }
        return text
    }

    /// The topology in Graphviz's language: a cluster a sub-topology, topics and stores between them.
    public var dot: String {
        let drawing = Drawing(self)
        func quoted(_ text: String) -> String {
            "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        }
        func draw(_ shape: Drawing.Shape) -> String {
            let form =
                switch shape.kind {
                case .step: "box"
                case .end: "ellipse"
                case .topic: "note"
                case .store: "cylinder"
                }
            return "\(shape.id) [label=\(quoted(shape.label)), shape=\(form)];"
        }
        var text = "digraph topology {\n"
        for (index, box) in drawing.boxes.enumerated() {
            text += "    subgraph cluster_\(index) {\n        label=\(quoted(box.title));\n"
            for shape in box.shapes { text += "        \(draw(shape))\n" }
            text += "    }\n"
        }
        for shape in drawing.shared { text += "    \(draw(shape))\n" }
        for edge in drawing.edges { text += "    \(edge.from) -> \(edge.to);\n" }
        return text + "}\n"
    }
}

/// What a drawing of a topology shows, whatever the language.
private struct Drawing {
    enum Kind { case step, end, topic, store }
    struct Shape {
        let id: String
        let label: String
        let kind: Kind
    }

    var boxes: [(title: String, shapes: [Shape])] = []
    /// Topics and stores, which several sub-topologies may have in common.
    var shared: [Shape] = []
    var edges: [(from: String, to: String)] = []
    private var ids: [String: String] = [:]

    init(_ description: TopologyDescription) {
        for part in description.subTopologies {
            boxes.append(
                ("Sub-topology \(part.id)" + (part.isGlobal ? " (global)" : ""), part.nodes.map { shape(of: $0) }))
            for node in part.nodes {
                for next in node.successors { edges.append((id("node \(node.name)"), id("node \(next)"))) }
            }
        }
    }

    private mutating func shape(of node: TopologyDescription.Node) -> Shape {
        let id = id("node \(node.name)")
        switch node.kind {
        case .source(let topics):
            for topic in topics { edges.append((share(topic, .topic), id)) }
            return Shape(id: id, label: node.name, kind: .end)
        case .sourcePattern(let pattern):
            edges.append((share(pattern, .topic), id))
            return Shape(id: id, label: node.name, kind: .end)
        case .processor(let stores):
            for store in stores { edges.append((id, share(store, .store))) }
            return Shape(id: id, label: node.name, kind: .step)
        case .sink(let topic):
            if let topic { edges.append((id, share(topic, .topic))) }
            return Shape(id: id, label: node.name, kind: .end)
        }
    }

    private mutating func share(_ name: String, _ kind: Kind) -> String {
        let key = "\(kind) \(name)"
        if let known = ids[key] { return known }
        let made = id(key)
        shared.append(Shape(id: made, label: name, kind: kind))
        return made
    }

    private mutating func id(_ key: String) -> String {
        if let known = ids[key] { return known }
        let made = "n\(ids.count)"
        ids[key] = made
        return made
    }
}
