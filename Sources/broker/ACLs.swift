import KafkaClient
import KafkaProtocol
import MillraceCommandLine

let aclsCommand = Command(
    "acls", "Adds, lists and removes the rules that say who may do what.",
    discussion: """
        A broker asks them if it is served with -o authorizer.class.name=StandardAuthorizer: then what no rule allows is denied, \
        but to -o super.users=User:NAME;... A rule that denies goes before all that allow. READ, WRITE, DELETE and ALTER allow \
        DESCRIBE, too. The first rules are added with --broker embedded:DIR while the broker does not run. An application called \
        APP needs READ on its input topics, WRITE on its output topics, and ALL with --prefixed on --topic APP- --group APP \
        --transactional-id APP.
        """,
    options: [.broker, .clientConfig], subcommands: [addACLs, listACLs, removeACLs])

private let resources: [CommandOption] = [
    CommandOption("topic", "NAME", "A topic; * for all.", isRepeatable: true),
    CommandOption("group", "NAME", "A consumer group; * for all.", isRepeatable: true),
    CommandOption("transactional-id", "NAME", "A transactional id; * for all.", isRepeatable: true),
    .flag("cluster", "The cluster."),
]

private let operations = Set(
    ACLResourceType.allCases.flatMap(\.operations) + [.all]
).map(\.name).sorted().joined(separator: ", ")

private let addACLs = Command(
    "add", "Adds rules, one for each principal, operation and resource.",
    options: [
        CommandOption("allow", "USER", "Who may: a name, or * for everybody.", isRepeatable: true),
        CommandOption("deny", "USER", "Who may not, whatever else allows it.", isRepeatable: true),
        CommandOption("host", "ADDRESS", "From where. Default: anywhere.", isRepeatable: true),
        CommandOption(
            "operation", "OPERATION", "What: \(operations).",
            kind: .checked { _ = try word($0, "operation") as ACLOperation }, default: "ALL", isRepeatable: true),
        .flag("prefixed", "The names are how those of the resources begin."),
    ] + resources
) { invocation in
    let rules = try newRules(invocation.arguments)
    try await withAdmin(invocation, mustExist: false) { admin in
        try await admin.createACLs(rules)
        invocation.console.info("added \(rules.count) rule\(rules.count == 1 ? "" : "s")")
    }
}

private let filters: [CommandOption] =
    [
        CommandOption("user", "USER", "Only rules of this user."),
        CommandOption("host", "ADDRESS", "Only rules of this address."),
        CommandOption(
            "operation", "OPERATION", "Only rules of this operation.",
            kind: .checked { _ = try word($0, "operation") as ACLOperation }),
        CommandOption(
            "pattern", "PATTERN",
            "Only rules of this kind: LITERAL, PREFIXED, or MATCH for all that hold for resources of the names given.",
            kind: .checked { _ = try word($0, "pattern") as ACLPatternType }, default: "ANY"),
    ] + resources

private let listACLs = Command("list", "Lists the rules.", options: filters + [.json]) { invocation in
    let filters = try chosenFilters(invocation.arguments)
    try await withAdmin(invocation) { admin in
        try listing(try await rules(filters, admin)).print(asJSON: invocation.arguments.flag("json"))
    }
}

private let removeACLs = Command(
    "remove", "Removes the rules that the options choose.",
    options: filters + [.flag("all", "Removes all rules."), .execute, .json]
) { invocation in
    let arguments = invocation.arguments
    let filters = try chosenFilters(arguments)
    let isNarrow =
        arguments.text("user") != nil || arguments.text("host") != nil || arguments.text("operation") != nil
        || filters.contains { $0.resourceType != .any }
    guard isNarrow || arguments.flag("all") else { throw UsageError("say which rules, or --all") }
    try await withAdmin(invocation) { admin in
        try listing(try await rules(filters, admin)).print(asJSON: arguments.flag("json"))
        guard invocation.executes() else { return }
        let count = try await admin.deleteACLs(filters)
        invocation.console.info("removed \(count) rule\(count == 1 ? "" : "s")")
    }
}

/// Throws `UsageError` if a part of the rules is missing, or they make no sense.
private func newRules(_ arguments: ParsedArguments) throws -> [ACLBinding] {
    let resources = chosenResources(arguments)
    guard !resources.isEmpty else { throw UsageError("say what for: --topic, --group, --transactional-id or --cluster") }
    let users = arguments.texts("allow").map { (ACLPermission.allow, $0) } + arguments.texts("deny").map { (.deny, $0) }
    guard !users.isEmpty else { throw UsageError("say who: --allow USER or --deny USER") }
    let hosts = arguments.texts("host").isEmpty ? [ACLBinding.wildcard] : arguments.texts("host")
    var rules: [ACLBinding] = []
    for (permission, user) in users {
        for host in hosts {
            for text in arguments.texts("operation") {
                for (type, name) in resources {
                    let pattern: ACLPatternType = arguments.flag("prefixed") && type != .cluster ? .prefixed : .literal
                    let rule = ACLBinding(permission, principal(user), host: host, try word(text, "operation"), on: type, name, pattern)
                    if let fault = rule.fault { throw UsageError(fault) }
                    rules.append(rule)
                }
            }
        }
    }
    return rules
}

private func chosenFilters(_ arguments: ParsedArguments) throws -> [ACLFilter] {
    var filter = ACLFilter()
    filter.principal = arguments.text("user").map(principal)
    filter.host = arguments.text("host")
    if let text = arguments.text("operation") { filter.operation = try word(text, "operation") }
    if let text = arguments.text("pattern") { filter.patternType = try word(text, "pattern") }
    let resources = chosenResources(arguments)
    guard !resources.isEmpty else { return [filter] }
    return resources.map { type, name in
        var filter = filter
        filter.resourceType = type
        filter.resourceName = name
        return filter
    }
}

private func chosenResources(_ arguments: ParsedArguments) -> [(ACLResourceType, String)] {
    arguments.texts("topic").map { (.topic, $0) } + arguments.texts("group").map { (.group, $0) }
        + arguments.texts("transactional-id").map { (.transactionalID, $0) }
        + (arguments.flag("cluster") ? [(.cluster, ACLBinding.clusterName)] : [])
}

private func rules(_ filters: [ACLFilter], _ admin: AdminClient) async throws -> [ACLBinding] {
    var found: [ACLBinding] = []
    for filter in filters {
        for rule in try await admin.describeACLs(filter) where !found.contains(rule) { found.append(rule) }
    }
    return found
}

private func listing(_ rules: [ACLBinding]) -> Listing {
    var listing = Listing("type", "resource", "pattern", "principal", "host", "operation", "permission")
    for rule in rules {
        listing.add(
            .text(rule.resourceType.name), .text(rule.resourceName), .text(rule.patternType.name), .text(rule.principal),
            .text(rule.host), .text(rule.operation.name), .text(rule.permission.name))
    }
    return listing
}

/// Kafka's form of a user's name.
@Sendable private func principal(_ user: String) -> String { user.hasPrefix("User:") ? user : "User:\(user)" }

@Sendable private func word<Word: ACLWord>(_ text: String, _ what: String) throws -> Word {
    guard let word = Word(name: text) else {
        throw ValueError("\"\(text)\" is no \(what): \(Word.allCases.map(\.name).joined(separator: ", "))")
    }
    return word
}
