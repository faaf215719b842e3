/* Every call that changes a disk or speaks to a server is counted, and the one that was chosen is the last.

   Loaded in front of the C library (LD_PRELOAD). Nothing happens until `faults_arm`. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* KILL: before the call. TEAR: a write gets half way. FULL: from then on there is no room. BROKEN: from
   then on nothing reaches the disk. */
enum { OFF, KILL, TEAR, FULL, BROKEN };
static int mode, chosen, counted;
static long clock_offset;

void faults_arm(int how, int at) { mode = how, chosen = at, counted = 0; }
void faults_clock(long seconds) { clock_offset = seconds; }

static void die(void) { raise(SIGKILL); }

static int is_file(int fd) {
    struct stat about;
    return fd > 2 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

/* Whether the call is to get half way. */
static int crashes(int can_tear) {
    if ((mode != KILL && mode != TEAR) || ++counted != chosen) return 0;
    if (mode == TEAR && can_tear) return 1;
    die();
    return 0;
}

/* Whether a call that needs room, or that writes through, is to fail. */
static int fails(int fd, int needs_room) {
    int error = mode == FULL && needs_room ? ENOSPC : mode == BROKEN ? EIO : 0;
    if (!error || (fd >= 0 && !is_file(fd)) || ++counted < chosen) return 0;
    errno = error;
    return 1;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define WRITE(name, half, parameters, whole) \
    ssize_t name parameters { \
        REAL(name); \
        if (fails(fd, 1)) return -1; \
        if (crashes(1)) { if (is_file(fd)) (void)!real half; die(); } \
        return real whole; \
    }
WRITE(write, (fd, data, n / 2), (int fd, const void *data, size_t n), (fd, data, n))
WRITE(pwrite, (fd, data, n / 2, to), (int fd, const void *data, size_t n, off_t to), (fd, data, n, to))
WRITE(pwrite64, (fd, data, n / 2, to), (int fd, const void *data, size_t n, off64_t to), (fd, data, n, to))
WRITE(writev, (fd, data, n / 2), (int fd, const struct iovec *data, int n), (fd, data, n))
WRITE(sendfile, (fd, from, at, n / 2), (int fd, int from, off_t *at, size_t n), (fd, from, at, n))
WRITE(sendfile64, (fd, from, at, n / 2), (int fd, int from, off64_t *at, size_t n), (fd, from, at, n))

#define SEND(name, parameters, arguments) \
    ssize_t name parameters { REAL(name); crashes(0); return real arguments; }
SEND(send, (int fd, const void *data, size_t n, int flags), (fd, data, n, flags))
SEND(sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))

#define THROUGH(name) int name(int fd) { REAL(name); if (fails(fd, 0)) return -1; crashes(0); return real(fd); }
THROUGH(fsync)
THROUGH(fdatasync)

#define CHANGE(name, needs_room, parameters, arguments) \
    int name parameters { \
        REAL(name); \
        if (needs_room && fails(-1, 1)) return -1; \
        crashes(0); \
        return real arguments; \
    }
CHANGE(ftruncate, 0, (int fd, off_t size), (fd, size))
CHANGE(ftruncate64, 0, (int fd, off64_t size), (fd, size))
CHANGE(rename, 0, (const char *from, const char *to), (from, to))
CHANGE(renameat, 0, (int d, const char *from, int e, const char *to), (d, from, e, to))
CHANGE(link, 1, (const char *from, const char *to), (from, to))
CHANGE(linkat, 1, (int d, const char *from, int e, const char *to, int flags), (d, from, e, to, flags))
CHANGE(unlink, 0, (const char *path), (path))
CHANGE(unlinkat, 0, (int d, const char *path, int flags), (d, path, flags))
CHANGE(rmdir, 0, (const char *path), (path))
CHANGE(chmod, 0, (const char *path, mode_t mode), (path, mode))
CHANGE(mkdir, 1, (const char *path, mode_t mode), (path, mode))

#define OPEN(name, parameters, arguments) \
    int name parameters { \
        REAL(name); \
        va_list rest; \
        va_start(rest, flags); \
        int mode = flags & O_CREAT ? va_arg(rest, int) : 0; \
        va_end(rest); \
        if (flags & O_CREAT) { if (access(path, F_OK) && fails(-1, 1)) return -1; crashes(0); } \
        return real arguments; \
    }
OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int d, const char *path, int flags, ...), (d, path, flags, mode))
OPEN(openat64, (int d, const char *path, int flags, ...), (d, path, flags, mode))

int clock_gettime(clockid_t clock, struct timespec *time) {
    REAL(clock_gettime);
    int done = real(clock, time);
    if (clock == CLOCK_REALTIME) time->tv_sec += clock_offset;
    return done;
}
