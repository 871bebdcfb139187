/// A setting of a topic: Kafka's name, type, default and what values make sense.
struct ConfigDefinition: Sendable {
    /// Kafka's numbers of the types in DescribeConfigs.
    enum ValueType: Int8, Sendable {
        case boolean = 1
        case string = 2
        case int = 3
        case long = 5
        case double = 6
        case list = 7
    }

    /// What values are allowed.
    enum Rule: Sendable {
        case any
        case integer(ClosedRange<Int64>)
        case real(ClosedRange<Double>)
        case boolean
        case oneOf([String])
        /// A list, comma-separated, of at least one of these.
        case someOf([String])
    }

    let name: String
    let type: ValueType
    let rule: Rule
    let documentation: String
    /// The broker's setting that gives the default, if there is one.
    let brokerName: String?
    /// The default on a broker of this configuration.
    let defaultValue: @Sendable (BrokerConfiguration) -> String

    init(
        _ name: String, _ type: ValueType, _ rule: Rule, _ documentation: String, brokerName: String? = nil,
        default value: @escaping @Sendable (BrokerConfiguration) -> String
    ) {
        self.name = name
        self.type = type
        self.rule = rule
        self.documentation = documentation
        self.brokerName = brokerName
        self.defaultValue = value
    }

    init(_ name: String, _ type: ValueType, _ rule: Rule, _ documentation: String, default value: String) {
        self.init(name, type, rule, documentation) { _ in value }
    }

    /// What is wrong with `value`, nil if nothing.
    func problem(with value: String) -> String? {
        let fault: String?
        switch rule {
        case .any: fault = nil
        case .integer(let range):
            switch Int64(value) {
            case nil: fault = "is not a whole number"
            case let number? where !range.contains(number):
                fault = range.upperBound == .max ? "must be at least \(range.lowerBound)" : "must be in \(range)"
            default: fault = nil
            }
        case .real(let range):
            fault = Double(value).map { range.contains($0) ? nil : "must be in \(range)" } ?? "is not a number"
        case .boolean: fault = ["true", "false"].contains(value.lowercased()) ? nil : "is neither true nor false"
        case .oneOf(let words):
            fault = words.contains(value) ? nil : "must be one of \(words.joined(separator: ", "))"
        case .someOf(let words):
            let given = Self.list(value)
            fault =
                !given.isEmpty && given.allSatisfy(words.contains)
                ? nil : "must be a list of some of \(words.joined(separator: ", "))"
        }
        return fault.map { "Invalid value \(value) for configuration \(name): it \($0)" }
    }

    /// The elements of a list value.
    static func list(_ value: String) -> [String] {
        value.split(separator: ",").map { word in
            String(word.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}
