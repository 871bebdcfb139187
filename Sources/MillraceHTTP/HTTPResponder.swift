/// Makes an answer of a request.
struct HTTPResponder: Sendable {
    let router: HTTPRouter
    let access: HTTPAccess
    let refusal: @Sendable (HTTPFault) -> HTTPResponse
    let log: @Sendable (String) -> Void

    func answer(_ request: HTTPRequest) async -> HTTPResponse {
        do {
            var request = request
            let route = try router.route(&request)
            try access.check(request, route)
            return try await route.handler(request)
        } catch let fault as HTTPFault {
            return refusal(fault)
        } catch is CancellationError {
            return refusal(HTTPFault(503, "the program ends"))
        } catch {
            log("cannot answer \(request.method) /\(request.target.path.joined(separator: "/")): \(error)")
            return refusal(HTTPFault(500, "\(error)"))
        }
    }
}
