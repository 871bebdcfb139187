import KafkaProtocol
import Testing

@testable import KafkaBroker

@Suite struct AccessRulesTests {
    /// Whether alice may do that to the topic.
    private func allows(
        _ rules: [ACLBinding], _ operation: ACLOperation, _ topic: Name, by principal: Name = "User:alice",
        at host: Name = "10.0.0.1", unruled: Bool = false
    ) -> Bool {
        AccessRules(rules).allow(operation, on: .topic, topic, by: principal, at: host, unruled: unruled)
    }

    @Test func `what no rule allows is denied, unless resources without rules are everybody's`() {
        #expect(!allows([], .read, "t"))
        #expect(allows([], .read, "t", unruled: true))
        let bobs = ACLBinding(.allow, "User:bob", .read, on: .topic, "t")
        #expect(!allows([bobs], .read, "t", unruled: true))
        #expect(allows([bobs], .read, "u", unruled: true))
        // A rule of another type of resource is about another thing.
        #expect(!allows([ACLBinding(.allow, "User:alice", .read, on: .group, "t")], .read, "t"))
    }

    @Test func `names are meant literally, by their beginning, or all of them`() {
        let literal = ACLBinding(.allow, "User:alice", .read, on: .topic, "orders")
        #expect(allows([literal], .read, "orders") && !allows([literal], .read, "orders-2"))
        let prefixed = ACLBinding(.allow, "User:alice", .read, on: .topic, "orders", .prefixed)
        #expect(allows([prefixed], .read, "orders") && allows([prefixed], .read, "orders-2"))
        #expect(!allows([prefixed], .read, "order"))
        let all = ACLBinding(.allow, "User:alice", .read, on: .topic, "*")
        #expect(allows([all], .read, "anything"))
        // A star at the beginning of names is a letter as any other.
        let star = ACLBinding(.allow, "User:alice", .read, on: .topic, "*", .prefixed)
        #expect(!allows([star], .read, "anything") && allows([star], .read, "*x"))
    }

    @Test func `names are compared by their bytes`() {
        let rule = ACLBinding(.allow, "User:alice", .read, on: .topic, "caf\u{e9}")
        #expect(allows([rule], .read, "caf\u{e9}") && !allows([rule], .read, "cafe\u{301}"))
        let prefix = ACLBinding(.allow, "User:alice", .read, on: .topic, "cafe", .prefixed)
        #expect(allows([prefix], .read, "cafe\u{301}"))
        #expect(!allows([ACLBinding(.allow, "User:caf\u{e9}", .read, on: .topic, "*")], .read, "t", by: "User:cafe\u{301}"))
    }

    @Test func `a rule that denies goes before all that allow, whatever their patterns`() {
        let allow = ACLBinding(.allow, "User:*", .all, on: .topic, "*")
        let deny = ACLBinding(.deny, "User:alice", .write, on: .topic, "secret-", .prefixed)
        let rules = [allow, deny]
        #expect(allows(rules, .write, "open") && allows(rules, .read, "secret-1"))
        #expect(!allows(rules, .write, "secret-1"))
        #expect(allows(rules, .write, "secret-1", by: "User:bob"))
        // What denies writing says nothing of seeing.
        #expect(allows(rules, .describe, "secret-1"))
        #expect(!allows([allow, ACLBinding(.deny, "User:*", .all, on: .topic, "t")], .describe, "t"))
    }

    @Test(arguments: [
        (ACLOperation.read, [ACLOperation.read, .describe]), (.write, [.write, .describe]),
        (.delete, [.delete, .describe]), (.alter, [.alter, .describe]),
        (.alterConfigs, [.alterConfigs, .describeConfigs]), (.describe, [.describe]), (.create, [.create]),
        (.describeConfigs, [.describeConfigs]),
    ])
    func `some operations imply others`(_ allowed: ACLOperation, _ implied: [ACLOperation]) {
        let rule = ACLBinding(.allow, "User:alice", allowed, on: .topic, "t")
        let found = ACLResourceType.topic.operations.filter { allows([rule], $0, "t") }
        #expect(Set(found) == Set(implied))
    }

    @Test func `a rule may be for one address`() {
        let rule = ACLBinding(.allow, "User:alice", host: "10.0.0.1", .read, on: .topic, "t")
        #expect(allows([rule], .read, "t") && !allows([rule], .read, "t", at: "10.0.0.2"))
    }

    @Test func `who may write to some topic is known without asking for each`() {
        func mayWrite(_ rules: ACLBinding...) -> Bool {
            AccessRules(rules).allow(.write, onAny: .topic, by: "User:alice", at: "10.0.0.1", unruled: false)
        }
        let orders = ACLBinding(.allow, "User:alice", .write, on: .topic, "orders")
        #expect(mayWrite(orders) && !mayWrite())
        #expect(!mayWrite(orders, ACLBinding(.deny, "User:alice", .all, on: .topic, "*")))
        #expect(!mayWrite(orders, ACLBinding(.deny, "User:alice", .write, on: .topic, "ord", .prefixed)))
        #expect(!mayWrite(orders, ACLBinding(.deny, "User:alice", .write, on: .topic, "orders")))
        #expect(mayWrite(orders, ACLBinding(.deny, "User:alice", .write, on: .topic, "others")))
        #expect(!mayWrite(ACLBinding(.allow, "User:alice", .read, on: .topic, "orders")))
    }

    @Test func `filters find rules by what stands in them, or all that hold for a name`() {
        let literal = ACLBinding(.allow, "User:alice", .read, on: .topic, "orders")
        let prefixed = ACLBinding(.allow, "User:bob", .write, on: .topic, "ord", .prefixed)
        let all = ACLBinding(.deny, "User:bob", .read, on: .topic, "*")
        let rules = AccessRules([literal, prefixed, all])
        func found(_ change: (inout ACLFilter) -> Void) -> Set<ACLBinding> {
            var filter = ACLFilter()
            change(&filter)
            return Set(rules.matching(filter))
        }
        #expect(found { _ in } == [literal, prefixed, all])
        #expect(found { $0.resourceName = "orders" } == [literal])
        #expect(
            found {
                $0.resourceName = "orders"; $0.patternType = .match
            } == [literal, prefixed, all])
        #expect(
            found {
                $0.resourceName = "other"; $0.patternType = .match
            } == [all])
        #expect(found { $0.patternType = .prefixed } == [prefixed])
        #expect(
            found {
                $0.principal = "User:bob"; $0.operation = .read
            } == [all])
        #expect(found { $0.permission = .deny } == [all])
        #expect(found { $0.resourceType = .group }.isEmpty)
        var left = rules
        left.remove([prefixed])
        #expect(left.all == [literal, all] && !left.allow(.write, on: .topic, "orders", by: "User:bob", at: "h", unruled: false))
    }

    @Test func `rules are kept, and read back by the next broker`() async throws {
        let directory = try TemporaryDirectory()
        let rules = [
            ACLBinding(.allow, "User:a\tb%", host: "::1", .read, on: .topic, "caf\u{e9}\n", .prefixed),
            ACLBinding(.deny, "User:*", .all, on: .cluster, ACLBinding.clusterName),
        ]
        try await withBroker(in: directory) { broker, _ in try broker.access.add(rules) }
        try await withBroker(in: directory) { broker, _ async throws in
            #expect(broker.access.withRules { $0.all } == Set(rules))
            #expect(try broker.access.remove([ACLFilter()]).map(\.count) == [2])
        }
        try await withBroker(in: directory) { broker, _ async throws in #expect(broker.access.withRules { $0.all }.isEmpty) }
    }
}
