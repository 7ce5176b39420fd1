/* What the C programs of this folder share: cases that print "ok - name" or "not ok - name", and a summary. */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fugakudnn.h"

/* Emulated, or with a tool watching the memory (WATCHED), everything takes twenty times as long: fewer rounds of what only repeats. */
#if defined(__aarch64__) || defined(WATCHED)
#define ROUNDS(natively, emulated) (emulated)
#else
#define ROUNDS(natively, emulated) (natively)
#endif

static int check_passed, check_failed, check_case_failed;
static const char* check_skipped;

static inline int check_that(int condition, const char* text, const char* file, int line) {
    if (!condition) {
        printf("# %s:%d: %s; last error: %s\n", file, line, text, fdnn_last_error());
        check_case_failed = 1;
    }
    return condition;
}

/* Goes on after a failure, so that a case frees what it holds. */
#define CHECK(condition) check_that((condition) != 0, #condition, __FILE__, __LINE__)

#define OK(call) CHECK((call) == FDNN_STATUS_SUCCESS)

/* Ends a case that cannot run here. */
#define SKIP(reason) do { check_skipped = (reason); return; } while (0)

/* The call is refused with this status, and the message says so. */
#define REFUSED(call, status, text) check_refused(call, status, text, #call, __FILE__, __LINE__)

static inline void check_refused(int got, int status, const char* text, const char* call, const char* file, int line) {
    if (check_that(got == status, call, file, line) && strstr(fdnn_last_error(), text) == NULL) {
        printf("# the message should have '%s'\n", text);
        check_that(0, call, file, line);
    }
}

static inline void check_case(const char* name, void (*run)(void)) {
    check_case_failed = 0;
    check_skipped = NULL;
    run();
    if (check_case_failed) {
        check_failed++;
    } else if (check_skipped == NULL) {
        check_passed++;
    }
    printf("%sok - %s", check_case_failed ? "not " : "", name);
    printf(check_skipped != NULL && !check_case_failed ? " # SKIP %s\n" : "\n", check_skipped);
    fflush(stdout);
}

#define RUN(name) check_case(#name, name)

static inline int check_summary(void) {
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed == 0 ? 0 : 1;
}

#endif
