import Millrace

extension Example {
    static let windowed = [
        Example("Tumbling windows", numbers: ["out"], windows: ["out": .sized(10)]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupByKey()
                .windowedBy(.tumbling(.milliseconds(10), grace: .milliseconds(5)))
                .count(.as("counts"))
                .toStream()
                .to("out")
        },
        Example("Hopping windows", numbers: ["out"], windows: ["out": .sized(10)]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupByKey()
                .windowedBy(.hopping(.milliseconds(10), advance: .milliseconds(5), grace: .milliseconds(0)))
                .count(.as("counts"))
                .toStream()
                .to("out")
        },
        Example("Sliding windows", numbers: ["out"], windows: ["out": .sliding(10)]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupByKey()
                .windowedBy(SlidingWindows.difference(.milliseconds(10), grace: .milliseconds(0)))
                .count(.as("counts"))
                .toStream()
                .to("out")
        },
        Example("Session windows", numbers: ["out"], windows: ["out": .session]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupByKey()
                .windowedBy(SessionWindows.gap(.milliseconds(10), grace: .milliseconds(0)))
                .count(.as("sessions"))
                .toStream()
                .to("out")
        },
        Example("emitStrategy", numbers: ["out"], windows: ["out": .sized(10)]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupByKey()
                .windowedBy(.tumbling(.milliseconds(10), grace: .milliseconds(5)))
                .emitStrategy(.onWindowClose)
                .count(.as("counts"))
                .toStream()
                .to("out")
        },
        Example("suppress until a window closes", numbers: ["out"], windows: ["out": .sized(10)]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupByKey()
                .windowedBy(.tumbling(.milliseconds(10), grace: .milliseconds(5)))
                .count(.as("counts"))
                .suppress(.untilWindowCloses(name: "final"))
                .toStream()
                .to("out")
        },
        Example("suppress for a time", numbers: ["out"]) { builder in
            builder.stream("in", key: .string, value: .string)
                .groupByKey()
                .count(.as("counts"))
                .suppress(.untilTimeLimit(.milliseconds(10), name: "calm"))
                .toStream()
                .to("out")
        },
    ]
}
