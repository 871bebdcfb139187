import Foundation
import KafkaProtocol
import MillraceCommandLine

/// What is needed of librdkafka, the client library in C, if it is installed.
struct Librdkafka {
    typealias Handle = OpaquePointer
    typealias ConsumeCallback = @convention(c) (_ message: UnsafeRawPointer, _ opaque: UnsafeMutableRawPointer?) -> Void

    private let library: SystemLibrary
    let newConfiguration: @convention(c) () -> Handle?
    let set:
        @convention(c) (
            _ configuration: Handle, _ name: UnsafePointer<CChar>, _ value: UnsafePointer<CChar>,
            _ error: UnsafeMutablePointer<CChar>, _ size: Int
        ) -> Int32
    let new:
        @convention(c) (
            _ type: Int32, _ configuration: Handle, _ error: UnsafeMutablePointer<CChar>, _ size: Int
        ) -> Handle?
    let newTopic: @convention(c) (_ client: Handle, _ name: UnsafePointer<CChar>, _ configuration: Handle?) -> Handle?
    let produceBatch:
        @convention(c) (
            _ topic: Handle, _ partition: Int32, _ flags: Int32, _ messages: UnsafeMutableRawPointer, _ count: Int32
        ) -> Int32
    let poll: @convention(c) (_ client: Handle, _ milliseconds: Int32) -> Int32
    let flush: @convention(c) (_ client: Handle, _ milliseconds: Int32) -> Int32
    let setDeliveryCallback:
        @convention(c) (
            _ configuration: Handle,
            _ callback:
                @convention(c) (
                    _ client: Handle?, _ message: UnsafeRawPointer, _ opaque: UnsafeMutableRawPointer?
                ) -> Void
        ) -> Void
    let setOpaque: @convention(c) (_ configuration: Handle, _ opaque: UnsafeMutableRawPointer) -> Void
    let newQueue: @convention(c) (_ client: Handle) -> Handle?
    let consumeStart: @convention(c) (_ topic: Handle, _ partition: Int32, _ offset: Int64, _ queue: Handle) -> Int32
    let consumeCallback:
        @convention(c) (
            _ queue: Handle, _ milliseconds: Int32, _ callback: ConsumeCallback, _ opaque: UnsafeMutableRawPointer?
        ) -> Int32
    let consumeStop: @convention(c) (_ topic: Handle, _ partition: Int32) -> Int32

    /// Loads it. Throws `SystemLibrary.LoadingError` if it is not installed.
    init() throws {
        library = try SystemLibrary(
            .init(
                feature: "the comparison with librdkafka", name: "librdkafka", linuxFiles: ["librdkafka.so.1"],
                darwinFiles: ["librdkafka.1.dylib"], debianPackage: "librdkafka1", homebrewPackage: "librdkafka"))
        newConfiguration = try library.function("rd_kafka_conf_new")
        set = try library.function("rd_kafka_conf_set")
        new = try library.function("rd_kafka_new")
        newTopic = try library.function("rd_kafka_topic_new")
        produceBatch = try library.function("rd_kafka_produce_batch")
        poll = try library.function("rd_kafka_poll")
        flush = try library.function("rd_kafka_flush")
        setDeliveryCallback = try library.function("rd_kafka_conf_set_dr_msg_cb")
        setOpaque = try library.function("rd_kafka_conf_set_opaque")
        newQueue = try library.function("rd_kafka_queue_new")
        consumeStart = try library.function("rd_kafka_consume_start_queue")
        consumeCallback = try library.function("rd_kafka_consume_callback_queue")
        consumeStop = try library.function("rd_kafka_consume_stop")
    }

    /// A client with these settings.
    func client(isProducer: Bool, _ settings: [String: String], _ prepare: (Handle) -> Void = { _ in }) throws -> Handle {
        guard let configuration = newConfiguration() else { throw CommandFailure("librdkafka gives no configuration") }
        var error = [CChar](repeating: 0, count: 512)
        func reason() -> String { String(decoding: error.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) }
        for (name, value) in settings where set(configuration, name, value, &error, error.count) != 0 {
            throw CommandFailure("librdkafka does not take \(name)=\(value): \(reason())")
        }
        prepare(configuration)
        guard let client = new(isProducer ? 0 : 1, configuration, &error, error.count) else {
            throw CommandFailure("librdkafka: \(reason())")
        }
        return client
    }
}

/// Fields of librdkafka's `rd_kafka_message_t` as it is laid out on 64-bit systems.
enum LibrdkafkaMessage {
    static let error = 0
    static let partition = 16
    static let payload = 24
    static let count = 32
    static let size = 72
}
