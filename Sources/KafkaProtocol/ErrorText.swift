/// How the errors of all modules read: what was being done to what, and why; then the error beneath, which names its kind, or
/// the kind if there is none.
package func errorText(_ message: String, kind: some CustomStringConvertible, beneath underlying: (any Error)? = nil) -> String {
    // Brokers answer with whole sentences.
    let message = message.hasSuffix(".") ? message.dropLast() : message[...]
    return if let underlying { "\(message): \(underlying)" } else { "\(message) (\(kind))" }
}
