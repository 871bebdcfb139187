/// Finds the route of a request.
public struct HTTPRouter: Sendable {
    /// The routes; the first that fits counts.
    public var routes: [HTTPRoute]

    /// A router.
    public init(_ routes: [HTTPRoute]) { self.routes = routes }

    /// The route of a request, with which its placeholders are filled. Throws 404, or 405 if there are others of that path.
    func route(_ request: inout HTTPRequest) throws(HTTPFault) -> HTTPRoute {
        let method = request.method == "HEAD" ? "GET" : request.method
        var methods: [String] = []
        for route in routes {
            guard let parameters = route.match(request.target.path) else { continue }
            if route.method == method {
                request.parameters = parameters
                return route
            }
            methods.append(route.method)
            if route.method == "GET" { methods.append("HEAD") }
        }
        guard !methods.isEmpty else { throw HTTPFault(404, "there is nothing at this path") }
        throw HTTPFault(
            405, "\(request.method) does nothing at this path", headers: [HTTPField("Allow", methods.joined(separator: ", "))])
    }
}
