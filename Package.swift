// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func library(_ name: String, dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

func program(_ name: String, dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

func tests(
    _ name: String, dependencies: [Target.Dependency], path: String? = nil, exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: path, exclude: exclude, resources: resources,
        swiftSettings: settings)
}

let package = Package(
    name: "millrace",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "Millrace", targets: ["Millrace"]),
        .library(name: "MillraceTesting", targets: ["MillraceTesting"]),
        .library(name: "MillraceCommandLine", targets: ["MillraceCommandLine"]),
        .library(name: "Avro", targets: ["Avro"]),
        .library(name: "SchemaRegistry", targets: ["SchemaRegistry"]),
        .library(name: "MillraceSchemas", targets: ["MillraceSchemas"]),
        .library(name: "MillraceMetrics", targets: ["MillraceMetrics"]),
        .library(name: "Connectors", targets: ["Connectors"]),
        .library(name: "KafkaClient", targets: ["KafkaClient"]),
        .library(name: "KafkaBroker", targets: ["KafkaBroker"]),
        .library(name: "KafkaNetwork", targets: ["KafkaNetwork"]),
        .library(name: "KafkaProtocol", targets: ["KafkaProtocol"]),
        .executable(name: "processor", targets: ["processor"]),
        .executable(name: "broker", targets: ["broker"]),
        .executable(name: "benchmarks", targets: ["benchmarks"]),
        .executable(name: "conformance", targets: ["conformance"]),
        .executable(name: "clickstream-demo", targets: ["clickstream-demo"]),
        .executable(name: "word-count", targets: ["word-count"]),
        .executable(name: "hello-kafka", targets: ["hello-kafka"]),
    ],
    targets: [
        .target(name: "CShims"),
        .target(name: "CLimit", dependencies: ["CShims"]),
        library("KafkaProtocol", dependencies: ["CShims"]),
        library("KafkaNetwork", dependencies: ["KafkaProtocol", "CShims"]),
        library("MillraceMetrics"),
        library("MillraceJSON", dependencies: ["KafkaProtocol"]),
        library("Avro", dependencies: ["KafkaProtocol", "MillraceJSON"]),
        library("MillraceHTTP", dependencies: ["KafkaProtocol", "KafkaNetwork", "MillraceJSON"]),
        library("KafkaBroker", dependencies: ["KafkaProtocol", "KafkaNetwork", "MillraceMetrics", "CShims"]),
        library("KafkaClient", dependencies: ["KafkaProtocol", "KafkaNetwork"]),
        library("SchemaRegistry", dependencies: ["KafkaProtocol", "KafkaNetwork", "KafkaClient", "MillraceHTTP", "MillraceJSON", "Avro"]),
        library("Connectors", dependencies: ["KafkaProtocol", "KafkaNetwork", "KafkaClient", "MillraceHTTP", "MillraceJSON"]),
        library("Millrace", dependencies: ["KafkaProtocol", "KafkaClient", "MillraceHTTP", "MillraceMetrics", "MillraceJSON"]),
        library("MillraceSchemas", dependencies: ["Millrace", "SchemaRegistry", "Avro", "MillraceJSON", "KafkaProtocol"]),
        library("MillraceTesting", dependencies: ["Millrace", "KafkaProtocol"]),
        library(
            "MillraceCommandLine",
            dependencies: [
                "Millrace", "SchemaRegistry", "MillraceHTTP", "MillraceJSON", "MillraceMetrics", "KafkaProtocol", "KafkaNetwork", "KafkaClient",
                "KafkaBroker",
            ]),

        program("processor", dependencies: ["MillraceCommandLine", "Millrace", "WordCountTopology", "ClickstreamTopology"]),
        program("broker", dependencies: ["MillraceCommandLine", "MillraceHTTP", "KafkaProtocol", "KafkaNetwork", "KafkaClient", "KafkaBroker"]),
        program(
            "benchmarks",
            dependencies: [
                "MillraceCommandLine", "Millrace", "MillraceTesting", "KafkaProtocol", "KafkaClient", "KafkaBroker", "CLimit",
            ]),
        program("conformance", dependencies: ["MillraceCommandLine", "Millrace", "MillraceTesting", "KafkaProtocol"]),

        library("WordCountTopology", dependencies: ["Millrace", "KafkaProtocol"], path: "Topologies/WordCount"),
        library("ClickstreamTopology", dependencies: ["Millrace", "KafkaProtocol"], path: "Topologies/Clickstream"),

        program(
            "clickstream-demo",
            dependencies: [
                "MillraceCommandLine", "Millrace", "ClickstreamTopology", "MillraceHTTP", "KafkaProtocol", "KafkaClient", "KafkaBroker",
            ], path: "Examples/clickstream-demo"),
        program(
            "word-count",
            dependencies: [
                "MillraceCommandLine", "Millrace", "WordCountTopology", "KafkaProtocol", "KafkaClient", "KafkaBroker",
            ], path: "Examples/word-count"),
        program("hello-kafka", dependencies: ["KafkaClient", "KafkaBroker", "KafkaNetwork", "KafkaProtocol"], path: "Examples/hello-kafka"),

        library("MillraceTestSupport", dependencies: ["KafkaProtocol"], path: "Tests/TestSupport"),
        // For the system tests only.
        program(
            "test-processor", dependencies: ["MillraceCommandLine", "Millrace", "MillraceSchemas", "SchemaRegistry", "TakeOverTopology"],
            path: "Tests/System/Processor"),
        library("TakeOverTopology", dependencies: ["Millrace"], path: "Tests/TakeOver/Topology"),

        tests("KafkaProtocolTests", dependencies: ["KafkaProtocol", "MillraceTestSupport"], resources: [.copy("Vectors")]),
        tests("KafkaNetworkTests", dependencies: ["KafkaNetwork", "KafkaProtocol"]),
        tests("MillraceMetricsTests", dependencies: ["MillraceMetrics"]),
        tests("MillraceJSONTests", dependencies: ["MillraceJSON", "KafkaProtocol"], resources: [.copy("JSONTestSuite.txt")]),
        tests(
            "AvroTests", dependencies: ["Avro", "MillraceJSON", "KafkaProtocol"], exclude: ["make-vectors.py"],
            resources: [.copy("Vectors.json")]),
        tests(
            "SchemaRegistryTests",
            dependencies: [
                "SchemaRegistry", "MillraceHTTP", "MillraceJSON", "KafkaBroker", "KafkaClient", "KafkaNetwork", "KafkaProtocol",
            ]),
        tests(
            "MillraceSchemasTests",
            dependencies: [
                "MillraceSchemas", "MillraceTesting", "Millrace", "SchemaRegistry", "MillraceHTTP", "KafkaBroker", "KafkaClient",
                "KafkaNetwork", "KafkaProtocol",
            ]),
        tests("MillraceHTTPTests", dependencies: ["MillraceHTTP", "MillraceJSON", "KafkaNetwork", "KafkaProtocol"]),
        tests("KafkaBrokerTests", dependencies: ["KafkaBroker", "KafkaNetwork", "KafkaProtocol", "MillraceTestSupport"]),
        tests("KafkaClientTests", dependencies: ["KafkaClient", "KafkaBroker", "KafkaNetwork", "KafkaProtocol", "MillraceTestSupport"]),
        tests("ConnectorsTests", dependencies: ["Connectors", "MillraceHTTP", "KafkaBroker", "KafkaClient", "KafkaNetwork", "KafkaProtocol"]),
        tests(
            "MillraceTests",
            dependencies: [
                "Millrace", "MillraceHTTP", "MillraceJSON", "MillraceMetrics", "MillraceTesting", "KafkaBroker", "KafkaClient", "KafkaNetwork",
                "KafkaProtocol", "MillraceTestSupport",
            ],
            exclude: ["Metrics/streams-metrics.txt"]),
        tests(
            "TakeOverTests",
            dependencies: ["TakeOverTopology", "Millrace", "KafkaBroker", "KafkaClient", "KafkaProtocol"],
            path: "Tests/TakeOver/Tests", resources: [.copy("Fixtures")]),
        tests("MillraceTestingTests", dependencies: ["MillraceTesting", "Millrace", "KafkaProtocol"]),
        tests("TestingATopology", dependencies: ["MillraceTesting", "Millrace"], path: "Examples/testing-a-topology"),
        tests("GettingStarted", dependencies: ["MillraceTesting", "Millrace", "MillraceTestSupport"], path: "Examples/getting-started"),
        tests("DSLReference", dependencies: ["MillraceTesting", "Millrace", "KafkaProtocol", "MillraceTestSupport"], path: "Examples/dsl-reference"),
        tests(
            "DocumentationTests",
            dependencies: [
                "broker", "MillraceCommandLine", "MillraceTesting", "MillraceSchemas", "SchemaRegistry", "Avro", "Millrace", "Connectors",
                "KafkaClient", "KafkaNetwork", "KafkaProtocol", "MillraceTestSupport",
            ]),
        tests(
            "MillraceCommandLineTests",
            dependencies: [
                "MillraceCommandLine", "Millrace", "KafkaBroker", "KafkaClient", "KafkaNetwork", "KafkaProtocol",
                "ClickstreamTopology", "MillraceTestSupport",
            ]),
        tests("ClickstreamDemoTests", dependencies: ["clickstream-demo", "ClickstreamTopology", "Millrace", "KafkaProtocol"]),
        tests("BenchmarksTests", dependencies: ["benchmarks", "MillraceTesting", "Millrace", "KafkaProtocol"]),
        tests(
            "ConformanceTests", dependencies: ["conformance", "Millrace", "MillraceTestSupport"], exclude: ["README.md"],
            resources: [.copy("Cases"), .copy("Describe"), .copy("Rules")]),
    ],
    swiftLanguageModes: [.v6]
)
