import KafkaProtocol

/// The page that shows an application live. It is one file that loads nothing from elsewhere; its parts are in the files beside this.
enum LivePage {
    /// What a browser may load for it: its own text, and what the server says.
    static let policy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// The page.
    static var bytes: Bytes {
        Bytes(
            utf8: """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>Millrace</title>
                <link rel="icon" href="data:image/svg+xml,\(icon)">
                <style>
                \(style)
                </style>
                </head>
                \(body)
                <script>
                "use strict";
                \(script)
                \(graphScript)
                \(storeScript)
                start();
                </script>
                </html>
                """)
    }

    /// A wheel in a stream.
    private static let icon =
        "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='7' r='5' fill='none' stroke='%231b7f8c' "
        + "stroke-width='2'/%3E%3Cpath d='M1 13q2-2 4 0t4 0 4 0 2-1' fill='none' stroke='%231b7f8c' stroke-width='1.6'/%3E%3C/svg%3E"
}
