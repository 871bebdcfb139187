public import MillraceJSON

extension HTTPRouter {
    /// A description of the routes for programs (OpenAPI 3.1).
    public func openAPI(title: String, version: String) -> JSONValue {
        var seen: Set<String> = []
        let paths = routes.map(\.path).filter { seen.insert($0).inserted }.map { path -> (String, JSONValue) in
            (path, .object(routes.filter { $0.path == path }.map { ($0.method.lowercased(), $0.operation) }))
        }
        return [
            "openapi": "3.1.0",
            "info": ["title": .string(title), "version": .string(version)],
            "paths": .object(paths),
            "components": ["securitySchemes": ["token": ["type": "http", "scheme": "bearer"]]],
        ]
    }
}

extension HTTPRoute {
    fileprivate var operation: JSONValue {
        let inPath = parts.filter { $0.hasPrefix("{") }.map { part -> JSONValue in
            [
                "name": .string(String(part.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": ["type": "string"],
            ]
        }
        let inQuery = parameters.map { parameter -> JSONValue in
            [
                "name": .string(parameter.name), "in": "query", "description": .string(parameter.summary),
                "schema": ["type": "string"],
            ]
        }
        return [
            "summary": .string(summary),
            "parameters": .array(inPath + inQuery),
            "responses": [
                "200": ["description": "It is as asked.", "content": .object([(type, .object([]))])],
                "default": [
                    "description": "It is not, and why.",
                    "content": [
                        "application/json": [
                            "schema": ["type": "object", "properties": ["error": ["type": "string"]]]
                        ]
                    ],
                ],
            ],
            "security": .array(isOpen ? [] : [.object([]), ["token": []]]),
        ]
    }
}
