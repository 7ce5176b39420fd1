/* What the programs of this folder ask of the system: resident memory, and child processes whose end and output are compared. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* The long versions, of test --exhaustive. */
static inline int exhaustive(void) {
    const char* set = getenv("FUGAKUDNN_EXHAUSTIVE");
    return set != NULL && strcmp(set, "1") == 0;
}

/* The seed of everything random, so that a failure comes back. */
static inline uint64_t test_seed(void) {
    const char* seed = getenv("FUGAKUDNN_TEST_SEED");
    return seed != NULL ? strtoull(seed, NULL, 10) : 20200601;
}

static inline long memory_pages(const char* format) {
    long pages = 0;
    FILE* file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, format, &pages) != 1) pages = -1;
    if (file != NULL) fclose(file);
    return pages;
}

static inline long resident_kib(void) { return memory_pages("%*d %ld") * (sysconf(_SC_PAGESIZE) / 1024); }

/* A check of resident memory. Tools that watch a program need some for each byte that it uses. */
#ifdef WATCHED
#define CHECK_RESIDENT(condition) ((void)(condition))
#else
#define CHECK_RESIDENT(condition) CHECK(condition)
#endif

static inline long address_space_kib(void) { return memory_pages("%ld") * (sysconf(_SC_PAGESIZE) / 1024); }

/* For a child process: ends it where the condition does not hold. Unlike CHECK it asks the library nothing, which a thread that has
 * ended cannot do. */
#define NEED(condition) need((condition) != 0, #condition, __LINE__)

static inline void need(int condition, const char* text, int line) {
    if (condition) return;
    printf("# line %d: %s\n", line, text);
    fflush(stdout);
    _exit(1);
}

enum { CHILD_OUTPUT = 4096 };

/* Lets a child process call `run` and exit with 0, with its standard output going into `output`; gives the child's status as waitpid
 * has it. A child that hangs ends with SIGALRM. */
static inline int child_status(void (*run)(void), char* output) {
    int ends[2], status = -1;
    size_t got = 0;
    fflush(stdout);
    if (pipe(ends) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        alarm(ROUNDS(30, 180));
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        run();
        exit(0);
    }
    close(ends[1]);
    for (ssize_t n; got < CHILD_OUTPUT - 1 && (n = read(ends[0], output + got, CHILD_OUTPUT - 1 - got)) > 0;) got += (size_t)n;
    output[got] = '\0';
    close(ends[0]);
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

/* Runs `run` in a child process; this must end with 0, with exactly this output. Looks at nothing of the library, so that a program which
 * has not used it yet has children that are no forks of a user. */
static inline void child_prints(void (*run)(void), const char* expected) {
    char output[CHILD_OUTPUT];
    int status = child_status(run, output);
    if (status != 0 || strcmp(output, expected) != 0) {
        printf("# the child's status: 0x%x; its output:\n%s# expected:\n%s", (unsigned)status, output, expected);
        check_case_failed = 1;
    }
}

#endif
