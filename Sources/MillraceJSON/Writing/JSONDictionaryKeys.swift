/// The type of the keys that the standard library's dictionaries are encoded by, which has no name outside of it: an encoder sees it when a
/// dictionary is encoded to it.
enum JSONDictionaryKeys {
    static let type: ObjectIdentifier? = {
        let probe = Probe()
        try? [String: String]().encode(to: probe)
        return probe.type
    }()

    private final class Probe: Encoder {
        var type: ObjectIdentifier?
        let encoder = JSONNodeEncoder(writer: JSONWriter(), serial: 0)

        var codingPath: [any CodingKey] { [] }
        var userInfo: [CodingUserInfoKey: Any] { [:] }

        func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
            self.type = ObjectIdentifier(type)
            return KeyedEncodingContainer(JSONKeyedEncodingContainer<Key>(writer: encoder.writer, serial: 0))
        }

        func unkeyedContainer() -> any UnkeyedEncodingContainer { encoder.unkeyedContainer() }
        func singleValueContainer() -> any SingleValueEncodingContainer { encoder }
    }
}
