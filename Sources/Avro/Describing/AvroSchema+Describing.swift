extension AvroSchema {
    /// The schema of a Swift type, found by watching what its `init(from:)` asks for.
    ///
    /// ```swift
    /// struct Order: Codable { var id: Int64; var note: String? }
    ///
    /// let schema = try AvroSchema(describing: Order.self, namespace: "shop")
    /// // {"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"long"},
    /// //  {"name":"note","type":["null","string"],"default":null}]}
    /// ```
    ///
    /// Types with keys become records of their name, keys fields in the order in which they are asked for, optional ones with null as default;
    /// enums of strings that are `CaseIterable` become enums. `Date` is `timestamp-micros`, `Duration` is `time-micros`, `UUID` text.
    ///
    /// Throws `AvroSchemaError` for what says too little of itself: types that check what they read, choose by it or want nested containers,
    /// enums with payloads, decimals (their precision is not known), generic types and two types of one name.
    public init<T: Decodable>(describing type: T.Type, namespace: String = "") throws {
        let probe = AvroTypeProbe(namespace: namespace)
        let described = try probe.describe(type)
        var text = AvroSchemaText(definitions: probe.definitions, written: [])
        try self.init(json: text.json(of: described, namespace: ""))
    }
}
