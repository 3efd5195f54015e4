/* A disk that counts its syncs, and that fails, takes its time or loses what was not synced when it is
   told to. It is preloaded into a server; TEST_DISK names the file that holds the words below. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static struct words {
    _Atomic unsigned long syncs;       /* how many there were */
    _Atomic unsigned long sync_error;  /* the error that each ends with, or 0 */
    _Atomic unsigned long write_error; /* the same of writes */
    _Atomic unsigned long sync_micros; /* how long each takes more */
    _Atomic unsigned long keeps;       /* whether what is synced is kept beside the file, in *.synced */
    _Atomic unsigned long bad_syncs;   /* how many of the next syncs fail */
} calm, *words = &calm;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TEST_DISK");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, sizeof calm, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) words = map;
    close(file);
}

static void keep(int file) {
    char link[64], path[4096], synced[4104], bytes[65536];
    struct stat what;
    if (fstat(file, &what) || !S_ISREG(what.st_mode)) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    snprintf(synced, sizeof synced, "%s.synced", path);
    int copy = open(synced, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    /* SQLite opened it for reading too. */
    for (off_t at = 0; (length = pread(file, bytes, sizeof bytes, at)) > 0; at += length)
        if (write(copy, bytes, length) != length) abort();
    close(copy);
}

static int sync_by(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    words->syncs++;
    if (words->sync_micros) usleep(words->sync_micros);
    errno = words->sync_error;
    if (errno) return -1;
    if (words->bad_syncs) {
        words->bad_syncs--;
        errno = EIO;
        return -1;
    }
    int done = real(file);
    if (done == 0 && words->keeps) keep(file);
    return done;
}

int fsync(int file) { return sync_by("fsync", file); }
int fdatasync(int file) { return sync_by("fdatasync", file); }

static ssize_t write_by(const char *name, int file, const void *bytes, size_t length, off_t at) {
    ssize_t (*real)(int, const void *, size_t, off_t) =
        (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, name);
    errno = words->write_error;
    return errno ? -1 : real(file, bytes, length, at);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    return write_by("pwrite", file, bytes, length, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at) {
    return write_by("pwrite64", file, bytes, length, at);
}
