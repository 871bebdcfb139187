import KafkaClient
import KafkaNetwork
import KafkaProtocol
import MillraceCommandLine

let usersCommand = Command(
    "users", "Adds, lists and removes the users of a broker that asks for passwords.",
    discussion: """
        Passwords are read from a file, as command lines can be seen by others. A broker's first user is added with
        --broker embedded:DIR while the broker does not run.
        """,
    options: [.broker, .clientConfig], subcommands: [addUser, alterUser, listUsers, removeUsers])

private let passwordOptions: [CommandOption] = [
    CommandOption(
        "password-file", "FILE", "Has the password as its first line; - for standard input.", isRequired: true),
    CommandOption(
        "mechanism", "MECHANISM", "What the password is for. Default: all of them.",
        kind: .choice(ScramMechanism.allCases.map(\.rawValue))),
]

private let addUser = Command(
    "add", "Adds a user or changes the password.", options: passwordOptions,
    positionals: [CommandPositional("USER", "The user's name.")]
) { invocation in try await setPassword(invocation) }

private let alterUser = Command(
    "alter", "Changes the password of a user that there is.", options: passwordOptions,
    positionals: [CommandPositional("USER", "The user's name.")]
) { invocation in
    try await setPassword(invocation) { admin, user in _ = try await admin.listUsers([user]) }
}

/// Sets the password that the command line names, unless `check` throws.
private func setPassword(
    _ invocation: Invocation, unless check: @escaping @Sendable (AdminClient, _ user: String) async throws -> Void = { _, _ in }
) async throws {
    let arguments = invocation.arguments
    let user = arguments.positionals.first ?? ""
    let password = try await readPassword(arguments.required("password-file"))
    let mechanisms = arguments.text("mechanism").flatMap(ScramMechanism.init).map { [$0] } ?? ScramMechanism.allCases
    try await withAdmin(invocation, mustExist: false) { admin in
        try await check(admin, user)
        for mechanism in mechanisms { try await admin.setPassword(of: user, to: password, mechanism: mechanism) }
    }
}

private let listUsers = Command(
    "list", "Lists the users and what their passwords are for.", options: [.json]
) { invocation in
    try await withAdmin(invocation) { admin in
        var listing = Listing("user", "mechanisms")
        for user in try await admin.listUsers() {
            listing.add(.text(user.name), .texts(user.iterations.keys.map(\.rawValue).sorted()))
        }
        try listing.print(asJSON: invocation.arguments.flag("json"))
    }
}

private let removeUsers = Command(
    "remove", "Removes users.", positionals: [CommandPositional("USER", "The user's name.", isRepeatable: true)]
) { invocation in
    try await withAdmin(invocation) { admin in
        try await eachByItself(invocation.arguments.positionals, invocation.console) { name in
            try await admin.removeUsers([name])
            return "removed \(name)"
        }
    }
}

/// The first line of the file.
private func readPassword(_ path: String) async throws -> Secret {
    let line = try await InputReader.text(of: path).prefix { !$0.isNewline }
    guard !line.isEmpty else { throw CommandFailure("\(path) has no password in its first line") }
    return Secret(String(line))
}
