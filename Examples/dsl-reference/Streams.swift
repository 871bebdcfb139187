import Millrace

extension Example {
    static let streams = [
        Example("filter, filterNot", numbers: ["in", "large", "small"]) { builder in
            let numbers = builder.stream("in", key: .string, value: .int64).nonNull()
            numbers.filter { _, value in value > 3 }.to("large")
            numbers.filterNot { _, value in value > 3 }.to("small")
        },
        Example("nonNull, compactMapValues", numbers: ["numbers"]) { builder in
            let texts = builder.stream("in", key: .string, value: .string)
            texts.nonNull().to("there")
            texts.compactMapValues { text in Int64(text) }.to("numbers")
        },
        Example("map") { builder in
            builder.stream("in", key: .string, value: .string)
                .nonNull()
                .map { key, value in KeyValue(value, key) }
                .to("out")
        },
        Example("mapValues") { builder in
            builder.stream("in", key: .string, value: .string)
                .mapValues { value in value?.uppercased() }
                .to("out")
        },
        Example("mapRecords") { builder in
            builder.stream("in", key: .string, value: .string)
                .mapRecords { record in
                    var record = record
                    record.timestamp += 100
                    return record
                }
                .to("out")
        },
        Example("flatMap") { builder in
            builder.stream("in", key: .string, value: .string)
                .nonNull()
                .flatMap { key, value in [KeyValue(key, value), KeyValue(value, key)] }
                .to("out")
        },
        Example("flatMapValues") { builder in
            builder.stream("in", key: .string, value: .string)
                .nonNull()
                .flatMapValues { line in line.split(separator: " ").map(String.init) }
                .to("out")
        },
        Example("selectKey") { builder in
            builder.stream("in", key: .string, value: .string)
                .nonNull()
                .selectKey { _, value in value }
                .to("out")
        },
        Example("peek, forEach, print") { builder in
            let lines = builder.stream("in", key: .string, value: .string)
            lines.peek { key, value in _ = (key, value) }.to("out")
            lines.forEach { key, value in _ = (key, value) }
            lines.print("lines") { line in _ = line }
        },
        Example("merge") { builder in
            let web = builder.stream("web", key: .string, value: .string)
            let shop = builder.stream("shop", key: .string, value: .string)
            web.merge(shop).to("out")
        },
        Example("split", numbers: ["in", "large", "negative", "others"]) { builder in
            let streams = builder.stream("in", key: .string, value: .int64)
                .split([
                    .branch("negative") { _, value in (value ?? 0) < 0 },
                    .branch("large") { _, value in (value ?? 0) > 9 },
                    .rest("others"),
                ])
            streams["negative"].to("negative")
            streams["large"].to("large")
            streams["others"].to("others")
        },
        Example("repartition") { builder in
            builder.stream("in", key: .string, value: .string)
                .selectKey { _, value in value }
                .repartition(.named("by-value"))
                .to("out")
        },
        Example("to") { builder in
            let orders = builder.stream("in", key: .string, value: .string)
            orders.to("all")
            orders.to { record, _ in record.value == "gift" ? "gifts" : "sales" }
        },
        Example("toTable, toStream") { builder in
            let names = builder.stream("in", key: .string, value: .string).toTable(.as("names"))
            names.toStream().to("out")
        },
    ]
}
