import KafkaBroker
import KafkaClient
import KafkaProtocol
import Millrace
import Testing

@testable import MillraceCommandLine

@Suite struct ApplicationTests {
    @Test(arguments: [
        ("app-store-changelog", true), ("app-store-repartition", true),
        ("app-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000004-subscription-registration-topic", true),
        ("app-x-subscription-response-topic", true), ("app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-12323232-topic", true),
        ("app-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-7-topic", true), ("app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE--topic", false),
        ("app-x-12-topic", false), ("app-store", false), ("other-store-changelog", false),
        ("app", false), ("app-two-store-changelog", false),
    ])
    func `topics that an application has made for itself are known by their names`(topic: String, isOwn: Bool) {
        #expect(ApplicationTopics.isOwn(topic, of: "app", amongst: ["app", "app-two", "x"]) == isOwn)
    }

    @Test func `without its topology an application reads what its group has offsets of`() {
        let topics = ApplicationTopics(
            id: "app", committed: ["in", "gone", "app-s-repartition"], existing: ["in", "out", "app-s-repartition", "app-s-changelog"],
            groups: ["app"])
        #expect(topics.inputs == ["in"] && topics.intermediates == [])
        #expect(topics.own == ["app-s-repartition", "app-s-changelog"])
    }

    @Test func `topics that a topology reads and writes are between its steps`() throws {
        let builder = StreamsBuilder()
        builder.stream("in", key: .string, value: .string).to("between")
        builder.stream("between", key: .string, value: .string).groupByKey().count(Materialized(as: "s")).to("out")
        let topics = ApplicationTopics(
            try builder.build(), id: "app", existing: ["in", "between", "out", "app-s-changelog", "app-t-changelog"])
        #expect(topics.inputs == ["in"] && topics.intermediates == ["between"] && topics.own == ["app-s-changelog"])
    }

    @Test func `a version and the settings are shown in place of anything else`() async throws {
        let root = Command(
            "tool", "Does.",
            subcommands: [
                Command(
                    "serve", "Serves.",
                    options: [
                        CommandOption("data", "DIR", "Where.", isRequired: true),
                        CommandOption("help-settings", "", "Shows them.", kind: .information { BrokerProperties.help }),
                    ]
                ) { _ in throw CommandFailure("ran") }
            ])
        let version = try await ProgramRun(root, ["serve", "--version"])
        #expect(version.code == 0 && version.output == "tool (Millrace \(Program.millraceVersion))\n")
        let settings = try await ProgramRun(root, ["serve", "--help-settings"])
        #expect(settings.code == 0 && settings.output.contains("num.partitions=1\n"))
        for name in BrokerProperties.names { #expect(settings.output.contains("\(name)=")) }
    }

    @Test func `access control is set by Kafka's names`() throws {
        var properties = BrokerProperties()
        try properties.set("super.users", to: "User:admin; User:bob")
        #expect(properties.broker.authorizer == nil)
        try properties.set("authorizer.class.name", to: "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
        try properties.set("allow.everyone.if.no.acl.found", to: "true")
        let authorizer = try #require(properties.broker.authorizer)
        #expect(authorizer.superUsers == ["User:admin", "User:bob"] && authorizer.allowsEveryoneIfNoACL)
        #expect(throws: ValueError.self) { try properties.set("super.users", to: "admin") }
        #expect(throws: ValueError.self) { try properties.set("authorizer.class.name", to: "com.example.Other") }
    }
}
