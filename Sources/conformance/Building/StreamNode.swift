import Millrace

/// A stream, and the types of its cells.
struct StreamNode<Key: CellConvertible, Value: CellConvertible>: CaseNode {
    let stream: KStream<Key, Value>
    let keyType: CellType
    let valueType: CellType

    func applying(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        let fields = statement.fields
        let name = try statement.name
        switch statement.op {
        case "filter":
            let predicate = try Predicate(fields.text("predicate")).apply
            return same(stream.filter(named: name) { predicate($0?.cell, $1?.cell) })
        case "filterNot":
            let predicate = try Predicate(fields.text("predicate")).apply
            return same(stream.filterNot(named: name) { predicate($0?.cell, $1?.cell) })
        case "peek": return same(stream.peek(named: name) { _, _ in })
        case "merge":
            let other = try build.node(fields.text("with"))
            if let other = other as? Self { return same(stream.merge(other.stream, named: name)) }
            // Counts are a Swift type of their own.
            guard let cells = (other as? StreamNode<Key, Int64>)?.asCells ?? other as? StreamNode<Key, Cell> else {
                throw unknown(statement)
            }
            return asCells.same(asCells.stream.merge(cells.stream, named: name))
        case "split": return try split(statement, in: build)
        case "repartition":
            let partitions = try fields.optionalInteger("partitions").map { Int32(clamping: $0) }
            return same(stream.repartition(Repartitioned(name: name, partitions: partitions)))
        case "toTable":
            return TableNode(
                table: stream.toTable(Materialized(as: try statement.store), named: name), keyType: keyType,
                valueType: valueType
            ).storedAsKeyValues(try statement.store, in: build)
        case "groupByKey":
            return GroupedNode(
                grouped: stream.groupByKey(Grouped(name: name)), keyType: keyType, valueType: valueType)
        case "groupBy":
            let select = try Expression(fields.text("fn"))
            let type = select.type(key: keyType, value: valueType)
            func grouped<New: CellConvertible>(_: New.Type) throws -> any CaseNode {
                let grouped = try stream.groupBy(Grouped(name: name, key: New.serde(type))) {
                    try converted(select.apply($0?.cell, $1?.cell), to: New.self)
                }
                return GroupedNode<New, Value>(grouped: grouped, keyType: type, valueType: valueType)
            }
            return try type.isWindowed && type == keyType ? grouped(Key.self) : grouped(Cell.self)
        case "to":
            let topic = try fields.text("topic")
            build.addOutput(topic, key: keyType, value: valueType)
            stream.to(topic, Produced(name: name))
            return nil
        case "process": return try processed(statement, in: build)
        case "join", "leftJoin", "outerJoin", "globalJoin", "globalLeftJoin": return try joined(statement, in: build)
        default: return try transformed(statement)
        }
    }

    /// The same with cells for values.
    private var asCells: StreamNode<Key, Cell> {
        if let cells = self as? StreamNode<Key, Cell> { return cells }
        let cells = stream.mapValues(value: valueType.serde) { _, value in value?.cell }
        return StreamNode<Key, Cell>(stream: cells, keyType: keyType, valueType: valueType)
    }

    fileprivate func same(_ stream: KStream<Key, Value>) -> Self {
        StreamNode(stream: stream, keyType: keyType, valueType: valueType)
    }

    /// The stream with other keys or values.
    private func transformed(_ statement: Statement) throws -> any CaseNode {
        let fields = statement.fields
        let name = try statement.name
        switch statement.op {
        case "map":
            let (first, second) = (try Expression(fields.text("keyFn")), try Expression(fields.text("valueFn")))
            let key = first.type(key: keyType, value: valueType)
            let value = second.type(key: keyType, value: valueType)
            func mapped<New: CellConvertible>(_: New.Type) throws -> any CaseNode {
                let mapped = try stream.map(key: New.serde(key), value: value.serde, named: name) {
                    KeyValue(
                        try converted(first.apply($0?.cell, $1?.cell), to: New.self), second.apply($0?.cell, $1?.cell))
                }
                return StreamNode<New, Cell>(stream: mapped, keyType: key, valueType: value)
            }
            return try key.isWindowed && key == keyType ? mapped(Key.self) : mapped(Cell.self)
        case "mapValues":
            let function = try Expression(fields.text("fn"))
            let value = function.type(key: keyType, value: valueType)
            let mapped = stream.mapValues(value: value.serde, named: name) { function.apply($0?.cell, $1?.cell) }
            return StreamNode<Key, Cell>(stream: mapped, keyType: keyType, valueType: value)
        case "selectKey":
            let select = try Expression(fields.text("fn"))
            let key = select.type(key: keyType, value: valueType)
            func selected<New: CellConvertible>(_: New.Type) throws -> any CaseNode {
                let selected = try stream.selectKey(key: New.serde(key), named: name) {
                    try converted(select.apply($0?.cell, $1?.cell), to: New.self)
                }
                return StreamNode<New, Value>(stream: selected, keyType: key, valueType: valueType)
            }
            return try key.isWindowed && key == keyType ? selected(Key.self) : selected(Cell.self)
        case "flatMap":
            let function = try OneToMany(fields.text("fn"))
            let (key, value) = types(of: function)
            func mapped<New: CellConvertible>(_: New.Type) throws -> any CaseNode {
                let mapped = try stream.flatMap(key: New.serde(key), value: value.serde, named: name) {
                    try function.apply($0?.cell, $1?.cell).map {
                        KeyValue(try converted($0.key, to: New.self), $0.value)
                    }
                }
                return StreamNode<New, Cell>(stream: mapped, keyType: key, valueType: value)
            }
            return try key.isWindowed && key == keyType ? mapped(Key.self) : mapped(Cell.self)
        case "flatMapValues":
            let function = try OneToMany(fields.text("fn"))
            let value = types(of: function).value
            let mapped = stream.flatMapValues(value: value.serde, named: name) {
                function.apply($0?.cell, $1?.cell).map(\.value)
            }
            return StreamNode<Key, Cell>(stream: mapped, keyType: keyType, valueType: value)
        default: throw unknown(statement)
        }
    }

    private func types(of function: OneToMany) -> (key: CellType, value: CellType) {
        func type(_ result: Expression.Result) -> CellType {
            switch result {
            case .of(let type): type
            case .sameAsKey, .innerKey: keyType
            case .sameAsValue: valueType
            }
        }
        return (type(function.key), type(function.value))
    }

    /// Binds a stream per branch.
    private func split(_ statement: Statement, in build: CaseTopology) throws -> (any CaseNode)? {
        let fields = statement.fields
        let list = try fields.list("branches").map { try Fields($0, "a branch") }
        var branches = try list.map { branch in
            let predicate = try Predicate(branch.text("predicate")).apply
            return Branch<Key, Value>.branch { predicate($0?.cell, $1?.cell) }
        }
        var names = try list.map { try $0.text("let") }
        if let rest = try fields.optionalText("default") {
            branches.append(.rest())
            names.append(rest)
        }
        let split = stream.split(named: try statement.name, branches)
        for (name, stream) in zip(names, split.streams) { build.bind(name, same(stream)) }
        return nil
    }
}
