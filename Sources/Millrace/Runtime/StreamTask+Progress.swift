import Foundation
import KafkaProtocol

extension StreamTask {
    /// Stream times as they are saved with a committed offset: a restart must neither take late records for early ones
    /// nor the other way round. The partition's own time goes with each partition, those of the steps with the first.
    package func progress(of input: Int) -> String {
        var writer = ByteWriter(capacity: 256)
        writer.write(1 as UInt8)
        writer.write(inputs[input].partitionTime)
        let clocks = input == 0 ? context.clocks.sorted { $0.key < $1.key } : []
        writer.writeUnsignedVarint(UInt64(clocks.count))
        for (name, clock) in clocks {
            writer.writeUnsignedVarint(UInt64(name.utf8.count))
            writer.write(utf8: name)
            writer.write(clock.time)
        }
        return Data(writer.finish().array).base64EncodedString()
    }

    /// Takes up the stream times that were saved. What is not of this form (another program's metadata) is passed over.
    package func resume(input: Int, from metadata: String) {
        guard let data = Data(base64Encoded: metadata), !data.isEmpty else { return }
        var reader = ByteReader(Bytes(data))
        guard let version = try? reader.read(UInt8.self), version == 1,
            let time = try? reader.read(Int64.self), let count = try? reader.readUnsignedVarint(), count < 10000
        else { return }
        inputs[input].resume(at: time)
        context.streamTime = max(context.streamTime, time)
        for _ in 0..<count {
            guard let length = try? reader.readUnsignedVarint(), length <= UInt64(reader.remaining),
                let name = try? reader.readSlice(Int(length)), let time = try? reader.read(Int64.self)
            else { return }
            _ = context.clock(name.string).advance(to: time)
        }
    }
}
