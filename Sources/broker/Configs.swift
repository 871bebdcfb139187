import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let configsCommand = Command(
    "configs", "Shows and changes the settings of topics, brokers and groups.", options: [.broker, .clientConfig],
    subcommands: [describeConfigs, alterConfigs])

private let resources: [CommandOption] = [
    CommandOption("topic", "TOPIC", "A topic.", isRepeatable: true),
    CommandOption(
        "broker-id", "N", "A broker, by its number.", kind: .integer(0...Int(Int32.max)), isRepeatable: true),
    CommandOption("group", "GROUP", "A group.", isRepeatable: true),
]

private let describeConfigs = Command(
    "describe", "Shows settings with their values.",
    options: resources + [.flag("all", "Shows all settings, not only those that somebody has set."), .json]
) { invocation in
    let arguments = invocation.arguments
    let resources = try chosenResources(arguments)
    try await withAdmin(invocation) { admin in
        var listing = Listing("type", "resource", "name", "value", "default", "readOnly")
        for resource in resources {
            for entry in try await admin.describeConfigs([resource])[resource] ?? [] {
                guard arguments.flag("all") || !entry.isDefault else { continue }
                listing.add(
                    .text(resource.words.type), .text(resource.words.name), .text(entry.name), .init(entry.value),
                    .flag(entry.isDefault), .flag(entry.isReadOnly))
            }
        }
        try listing.print(asJSON: arguments.flag("json"))
    }
}

private let alterConfigs = Command(
    "alter", "Changes settings; others stay as they are.", options: resources + CommandOption.configChanges
) { invocation in
    let resources = try chosenResources(invocation.arguments)
    let changes = try invocation.arguments.configChanges()
    try await withAdmin(invocation) { admin in
        for resource in resources {
            try await admin.alterConfigs(resource, changes)
            invocation.console.info("changed \(resource.words.name)")
        }
    }
}

private func chosenResources(_ arguments: ParsedArguments) throws -> [ConfigResource] {
    let resources =
        arguments.texts("topic").map { ConfigResource.topic($0) }
        + arguments.texts("broker-id").compactMap { Int32($0) }.map { .broker($0) }
        + arguments.texts("group").map { .group($0) }
    guard !resources.isEmpty else { throw UsageError("say of what: --topic, --broker-id or --group") }
    return resources
}

extension ConfigResource {
    fileprivate var words: (type: String, name: String) {
        switch self {
        case .topic(let name): ("topic", name)
        case .broker(let id): ("broker", "\(id)")
        case .group(let id): ("group", id)
        }
    }
}

extension CommandOption {
    /// `--set` and `--unset`.
    static let configChanges: [CommandOption] = [
        CommandOption("set", "NAME=VALUE", "A setting, such as retention.ms=60000.", kind: .pair, isRepeatable: true),
        CommandOption("unset", "NAME", "A setting that goes back to its default.", isRepeatable: true),
    ]
}

extension ParsedArguments {
    /// What `--set` and `--unset` say. Throws `UsageError` if that is nothing, or contradicts itself.
    func configChanges() throws -> [String: String?] {
        var changes: [String: String?] = try pairs("set").mapValues { $0 }
        for name in texts("unset") {
            guard changes.updateValue(nil, forKey: name) == nil else {
                throw UsageError("--unset \(name) contradicts another option")
            }
        }
        guard !changes.isEmpty else { throw UsageError("say what: --set NAME=VALUE or --unset NAME") }
        return changes
    }
}
