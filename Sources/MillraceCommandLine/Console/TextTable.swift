/// Rows of text in columns: those that hold numbers to the right, the others to the left.
public struct TextTable: Sendable {
    private let header: [String]
    private var rows: [[String]] = []

    /// A table with these headings.
    public init(_ header: [String]) { self.header = header }

    /// Whether there are no rows.
    public var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; cells that it has too few of are empty, those too many are left out.
    public mutating func add(_ cells: [String]) {
        rows.append(header.indices.map { $0 < cells.count ? cells[$0] : "" })
    }

    /// The table as lines, each after `indent`.
    public func text(indent: String = "") -> String {
        let isNumeric = header.indices.map { column in
            rows.allSatisfy { $0[column] == "-" || Int($0[column]) != nil }
        }
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        var text = ""
        for row in [header] + rows {
            let cells = header.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                if isNumeric[column] { return padding + row[column] }
                return column == header.count - 1 ? row[column] : row[column] + padding
            }
            text += indent + cells.joined(separator: "  ") + "\n"
        }
        return text
    }
}
