import Millrace

extension Example {
    static let tables = [
        Example("table") { builder in
            builder.table("in", .as("rows"), key: .string, value: .string)
                .toStream()
                .to("out")
        },
        Example("filter of a table", numbers: ["in", "out"]) { builder in
            builder.table("in", .as("balances"), key: .string, value: .int64)
                .filter { _, balance in balance < 0 }
                .toStream()
                .to("out")
        },
        Example("mapValues of a table") { builder in
            builder.table("in", .as("names"), key: .string, value: .string)
                .mapValues { name in name.uppercased() }
                .toStream()
                .to("out")
        },
    ]
}
