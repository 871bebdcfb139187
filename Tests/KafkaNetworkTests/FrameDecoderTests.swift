import KafkaProtocol
import Testing

@testable import KafkaNetwork

@Suite struct FrameDecoderTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `Any frames in pieces of any size come out whole and in order`(seed: UInt64) throws {
        var random = SeededRandom(state: seed)
        let sizes = [0, 1, 3, 4, 100, 16 << 10, (16 << 10) + 1, 64 << 10, 300_000]
        let frames = (0..<40).map { number in
            randomBytes(
                Bool.random(using: &random)
                    ? sizes.randomElement(using: &random)! : .random(in: 0...2_000, using: &random),
                seed: seed &* 1_000 &+ UInt64(number))
        }
        let stream = joined(frames.flatMap { frame($0) })
        var decoder = FrameDecoder()
        var decoded: [Bytes] = []
        var position = 0
        let most = [20, 700, 5_000, 1 << 20].randomElement(using: &random)!
        while position < stream.count {
            _ = try decoder.fill { buffer in
                #expect(!buffer.isEmpty)
                let count = min(buffer.count, stream.count - position, .random(in: 1...most, using: &random))
                stream[position..<position + count].withUnsafeBytes { buffer.copyMemory(from: $0) }
                position += count
                return .transferred(count)
            }
            while let frame = try decoder.next(limit: limit) { decoded.append(frame) }
            decoder.releaseIdleMemory()
        }
        #expect(decoded == frames)
        let isInside = decoder.isInsideFrame
        #expect(!isInside)
    }

    @Test func `Many small frames come out of one read`() throws {
        let stream = joined((0..<500).flatMap { frame(Bytes(utf8: "\($0)")) })
        var decoder = FrameDecoder()
        _ = try decoder.fill { buffer in
            stream.withUnsafeBytes { buffer.copyMemory(from: $0) }
            return .transferred(stream.count)
        }
        for number in 0..<500 {
            let frame = try decoder.next(limit: 10)
            #expect(frame?.string == "\(number)")
        }
        let more = try decoder.next(limit: 10)
        #expect(more == nil)
    }

    @Test(arguments: [-1, Int32.min, 101, Int32.max])
    func `A negative or oversized length is refused when its four bytes are there`(length: Int32) throws {
        var decoder = FrameDecoder()
        _ = try decoder.fill { buffer in
            buffer.copyBytes(from: lengthPrefix(length).array)
            return .transferred(4)
        }
        var code: NetworkError.Code?
        do throws(NetworkError) { _ = try decoder.next(limit: 100) } catch { code = error.code }
        #expect(code == .tooLarge)
    }

    @Test func `Memory for a large frame follows what has arrived`() throws {
        var decoder = FrameDecoder()
        _ = try decoder.fill { buffer in
            buffer.copyBytes(from: lengthPrefix(100 << 20).array)
            return .transferred(4)
        }
        var frame = try decoder.next(limit: limit)
        #expect(frame == nil)
        var arrived = 0
        for _ in 0..<12 {
            _ = try decoder.fill { buffer in
                #expect(buffer.count <= max(256 << 10, arrived))
                arrived += buffer.count
                return .transferred(buffer.count)
            }
        }
        #expect(arrived == 100 << 20)
        frame = try decoder.next(limit: limit)
        #expect(frame?.count == 100 << 20)
    }
}
