internal import Foundation

/// Where a processor keeps the rows of its stores.
enum StatePlace: Equatable {
    case directory(String)
    /// Below the user's own directory for state, by the cluster's addresses: processes of one application share it.
    case home(String)
    /// Nowhere: they are in memory only.
    case none

    /// The user's directory for the state of processors: `$XDG_STATE_HOME/millrace`, or `~/.local/state/millrace`; nil without a home.
    static func home(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/millrace" }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return "\(home)/.local/state/millrace"
    }

    /// The state directory with the broker at `address`; nil for none.
    func directory(of address: BrokerAddress) -> String? {
        switch (self, address) {
        case (.directory(let path), _): path
        case (.home(let home), .cluster(let endpoints)):
            "\(home)/\(Self.name(ofCluster: endpoints.map { "\($0.host):\($0.port)" }.sorted().joined(separator: ",")))"
        case (.home, .embedded), (.none, _): nil
        }
    }

    /// A cluster's addresses as one part of a path. That the state belongs to that cluster is known from the ids of topics.
    static func name(ofCluster addresses: String) -> String {
        guard !addresses.isEmpty else { return "cluster" }
        return String(
            addresses.map { letter in
                letter.isASCII && (letter.isLetter || letter.isNumber || letter == "-" || letter == "_") ? letter : "_"
            })
    }
}

extension ParsedArguments {
    /// The value of `--state-dir`, or the directory beside an embedded broker's data; nil for none, and for the user's own.
    public func stateDirectory(of address: BrokerAddress?) -> String? {
        if case .directory(let path) = statePlace(of: address) { path } else { nil }
    }

    /// What `--state-dir` says, or the usual place with the broker at `address`.
    func statePlace(of address: BrokerAddress?) -> StatePlace {
        switch (text("state-dir"), address) {
        case ("none", _): .none
        case (let directory?, _): .directory(directory)
        case (nil, .embedded(let directory)): .directory("\(directory)/state")
        case (nil, _): StatePlace.home().map { .home($0) } ?? .none
        }
    }
}
