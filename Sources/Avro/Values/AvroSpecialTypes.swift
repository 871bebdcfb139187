import Foundation

/// The Swift types that have a form of their own in Avro. A type is found among them by its identity, as most are none of them.
struct AvroSpecialTypes {
    let date = ObjectIdentifier(Date.self), data = ObjectIdentifier(Data.self), uuid = ObjectIdentifier(UUID.self)
    let decimal = ObjectIdentifier(Decimal.self), bytes = ObjectIdentifier([UInt8].self), duration = ObjectIdentifier(Duration.self)
    let avroDecimal = ObjectIdentifier(AvroDecimal.self), avroDuration = ObjectIdentifier(AvroDuration.self)
    let avroValue = ObjectIdentifier(AvroValue.self)

    static let all = AvroSpecialTypes()
}
