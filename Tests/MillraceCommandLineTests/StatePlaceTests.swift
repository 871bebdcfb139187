import KafkaProtocol
import Testing

@testable import MillraceCommandLine

@Suite struct StatePlaceTests {
    private func place(_ line: String, _ address: BrokerAddress?) throws -> StatePlace {
        let command = Command("test", "Tests.", options: [.stateDirectory]) { _ in }
        guard case .run(_, let arguments) = try command.parse(line.split(separator: " ").map(String.init)) else {
            throw UsageError("no run")
        }
        return arguments.statePlace(of: address)
    }

    @Test(arguments: [BrokerAddress.embedded(directory: "data"), nil])
    func `what is asked for counts with any broker`(_ address: BrokerAddress?) throws {
        #expect(try place("--state-dir here", address) == .directory("here"))
        #expect(try place("--state-dir none", address) == StatePlace.none)
    }

    @Test func `rows are beside an embedded broker's data`() throws {
        #expect(try place("", .embedded(directory: "data")) == .directory("data/state"))
    }

    @Test func `with a cluster they are in the user's directory for state`() {
        #expect(StatePlace.home(["HOME": "/home/me"]) == "/home/me/.local/state/millrace")
        #expect(StatePlace.home(["HOME": "/home/me", "XDG_STATE_HOME": "/var/me"]) == "/var/me/millrace")
        #expect(StatePlace.home(["HOME": "/home/me", "XDG_STATE_HOME": "relative"]) == "/home/me/.local/state/millrace")
        #expect(StatePlace.home(["HOME": ""]) == nil)
        #expect(StatePlace.home([:]) == nil)
    }

    @Test func `a cluster's addresses are one part of a path, whatever is in them`() throws {
        #expect(StatePlace.name(ofCluster: "a.b:9092,c:1") == "a_b_9092_c_1")
        #expect(StatePlace.name(ofCluster: "../a/\u{0}") == "___a__")
        #expect(StatePlace.name(ofCluster: "") == "cluster")
        #expect(StatePlace.home("/h").directory(of: try BrokerAddress(parsing: "b:2,a:1")) == "/h/a_1_b_2")
        #expect(StatePlace.none.directory(of: try BrokerAddress(parsing: "a:1")) == nil)
    }
}
