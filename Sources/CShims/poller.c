#include "CShims.h"

#include <errno.h>

#if defined(__linux__)

#include <sys/epoll.h>

int millrace_poller_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int millrace_poller_arm(int poller, int number, uint64_t token, int directions) {
    struct epoll_event event = {.events = EPOLLONESHOT, .data.u64 = token};
    if (directions & MILLRACE_POLLER_READ) event.events |= EPOLLIN | EPOLLRDHUP;
    if (directions & MILLRACE_POLLER_WRITE) event.events |= EPOLLOUT;
    if (directions & MILLRACE_POLLER_HANGUP) event.events |= EPOLLRDHUP;
    if (epoll_ctl(poller, EPOLL_CTL_MOD, number, &event) == 0) return 0;
    if (errno == ENOENT && epoll_ctl(poller, EPOLL_CTL_ADD, number, &event) == 0) return 0;
    return errno;
}

int millrace_poller_wait(int poller, millrace_poller_event *events, int capacity) {
    struct epoll_event found[64];
    int count = epoll_wait(poller, found, capacity < 64 ? capacity : 64, -1);
    for (int index = 0; index < count; index++) {
        uint32_t bits = found[index].events;
        events[index].token = found[index].data.u64;
        events[index].directions = 0;
        if (bits & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) events[index].directions |= MILLRACE_POLLER_READ;
        if (bits & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) events[index].directions |= MILLRACE_POLLER_HANGUP;
        if (bits & (EPOLLOUT | EPOLLHUP | EPOLLERR)) events[index].directions |= MILLRACE_POLLER_WRITE;
    }
    return count;
}

#elif defined(__APPLE__)

#include <fcntl.h>
#include <sys/event.h>
#include <unistd.h>

int millrace_poller_create(void) {
    int poller = kqueue();
    if (poller >= 0) fcntl(poller, F_SETFD, FD_CLOEXEC);
    return poller;
}

int millrace_poller_arm(int poller, int number, uint64_t token, int directions) {
    // A hang-up behind unread bytes is not told by kqueue.
    struct kevent changes[2];
    int count = 0;
    if (directions & MILLRACE_POLLER_READ)
        EV_SET(&changes[count++], number, EVFILT_READ, EV_ADD | EV_ONESHOT, 0, 0, (void *)(uintptr_t)token);
    if (directions & MILLRACE_POLLER_WRITE)
        EV_SET(&changes[count++], number, EVFILT_WRITE, EV_ADD | EV_ONESHOT, 0, 0, (void *)(uintptr_t)token);
    return kevent(poller, changes, count, 0, 0, 0) < 0 ? errno : 0;
}

int millrace_poller_wait(int poller, millrace_poller_event *events, int capacity) {
    struct kevent found[64];
    int count = kevent(poller, 0, 0, found, capacity < 64 ? capacity : 64, 0);
    for (int index = 0; index < count; index++) {
        events[index].token = (uint64_t)(uintptr_t)found[index].udata;
        events[index].directions =
            found[index].filter == EVFILT_READ ? MILLRACE_POLLER_READ : MILLRACE_POLLER_WRITE;
    }
    return count;
}

#endif
