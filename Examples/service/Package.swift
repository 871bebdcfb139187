// swift-tools-version: 6.2
import PackageDescription

// A package of its own, as yours would be: Millrace itself depends on none of these.
let package = Package(
    name: "orders-service",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "millrace", path: "../.."),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.6.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.5.0"),
    ],
    targets: [
        .target(name: "Orders", dependencies: [.product(name: "Millrace", package: "millrace")]),
        .target(
            name: "Adapters",
            dependencies: [
                .product(name: "Millrace", package: "millrace"),
                .product(name: "MillraceMetrics", package: "millrace"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "orders-service",
            dependencies: [
                "Orders", "Adapters",
                .product(name: "Millrace", package: "millrace"),
                .product(name: "KafkaClient", package: "millrace"),
                .product(name: "KafkaNetwork", package: "millrace"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "OrdersTests",
            dependencies: [
                "Orders", "Adapters",
                .product(name: "Millrace", package: "millrace"),
                .product(name: "MillraceTesting", package: "millrace"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
