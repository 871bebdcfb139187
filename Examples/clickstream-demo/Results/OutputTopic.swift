/// The topic that the topology reads.
let inputTopic = "access-log"

/// The topics that the topology writes.
enum OutputTopic: String, CaseIterable, Sendable {
    case pageViews = "page-views"
    case userSessions = "user-sessions"
    case distinctUsers = "distinct-users"
    case topPages = "top-pages"
    case malformed = "access-log-malformed"
}
