import Millrace

extension Example {
    static let joins = [
        Example("Join of two streams") { builder in
            let views = builder.stream("views", key: .string, value: .string)
            let clicks = builder.stream("clicks", key: .string, value: .string)
            views.join(clicks, within: .difference(.milliseconds(10), grace: .milliseconds(5)), .named("clicked")) { _, view, click in
                "\(view)+\(click)"
            }
            .to("out")
        },
        Example("Left join of two streams") { builder in
            let views = builder.stream("views", key: .string, value: .string)
            let clicks = builder.stream("clicks", key: .string, value: .string)
            views.leftJoin(clicks, within: .difference(.milliseconds(10), grace: .milliseconds(5)), .named("clicked")) { _, view, click in
                "\(view)+\(click ?? "none")"
            }
            .to("out")
        },
        Example("Outer join of two streams") { builder in
            let views = builder.stream("views", key: .string, value: .string)
            let clicks = builder.stream("clicks", key: .string, value: .string)
            views.outerJoin(clicks, within: .difference(.milliseconds(10), grace: .milliseconds(5)), .named("clicked")) { _, view, click in
                "\(view ?? "none")+\(click ?? "none")"
            }
            .to("out")
        },
        Example("Join of a stream with a table") { builder in
            let users = builder.table("users", .as("users"), key: .string, value: .string)
            builder.stream("clicks", key: .string, value: .string)
                .join(users) { _, click, user in "\(click) by \(user)" }
                .to("out")
        },
        Example("Left join of a stream with a table") { builder in
            let users = builder.table("users", .as("users"), key: .string, value: .string)
            builder.stream("clicks", key: .string, value: .string)
                .leftJoin(users) { _, click, user in "\(click) by \(user ?? "nobody")" }
                .to("out")
        },
        Example("Join with a global table") { builder in
            let pages = builder.globalTable("pages", .as("pages"), key: .string, value: .string)
            builder.stream("clicks", key: .string, value: .string)
                .join(pages, lookUp: { _, click in click }) { user, _, title in "\(user ?? "?") reads \(title)" }
                .to("out")
        },
        Example("Join of two tables") { builder in
            let names = builder.table("names", .as("names"), key: .string, value: .string)
            let cities = builder.table("cities", .as("cities"), key: .string, value: .string)
            names.join(cities) { _, name, city in "\(name), \(city)" }
                .toStream()
                .to("out")
        },
        Example("Left and outer joins of two tables") { builder in
            let names = builder.table("names", .as("names"), key: .string, value: .string)
            let cities = builder.table("cities", .as("cities"), key: .string, value: .string)
            names.leftJoin(cities) { _, name, city in "\(name), \(city ?? "?")" }.toStream().to("left")
            names.outerJoin(cities) { _, name, city in "\(name ?? "?"), \(city ?? "?")" }.toStream().to("outer")
        },
        Example("Join by a foreign key") { builder in
            let orders = builder.table("orders", .as("orders"), key: .string, value: .string)
            let users = builder.table("users", .as("users"), key: .string, value: .string)
            orders
                .join(users, .as("orders-of-users"), foreignKey: { _, user in user }) { _, _, user in "for \(user)" }
                .toStream()
                .to("out")
        },
        Example("Join with a versioned table") { builder in
            let prices = builder.table("prices", .versioned("prices", historyRetention: .hours(1)), key: .string, value: .string)
            builder.stream("sales", key: .string, value: .string)
                .join(prices) { _, sale, price in "\(sale) at \(price)" }
                .to("out")
        },
    ]
}
