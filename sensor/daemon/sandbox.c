/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls that the roles may make; see privilege.h.
 *
 * capture has a list of what is allowed; anything else kills it, and the monitor starts it again and counts. Opening a
 * file fails with EACCES instead, since libpcap looks for counters in /sys and does without. Sensor and engine run
 * large libraries, so they have a list of what nobody who was not broken into would call.
 */
#include <errno.h>
#include <seccomp.h>
#include <stddef.h>

#include "sensor/daemon/privilege.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

static const char *const capture_allowed[] = {
	"poll",
	"ppoll",
	"read",
	"readv",
	"write",
	"writev",
	"sendmsg",
	"sendto",
	"recvmsg",
	"recvfrom",
	"getsockopt",
	"mmap",
	"munmap",
	"mremap",
	"madvise",
	"brk",
	"clock_gettime",
	"gettimeofday",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"exit",
	"exit_group",
	"close",
	"futex",
	"restart_syscall",
	"fstat",
	"newfstatat",
	"lseek",
	"getpid",
#ifdef SANITIZED
	"mprotect",
	"gettid",
	"tgkill",
	"sigaltstack",
	"sched_yield",
	"getrusage",
	"sched_getaffinity",
#endif
};

static const char *const capture_refused[] = { "open", "openat", "openat2",
	"access", "faccessat", "faccessat2", "readlink", "readlinkat", "stat",
	"lstat", "ioctl" };

static const char *const nobody_needs[] = { "execve", "execveat", "ptrace",
	"process_vm_readv", "process_vm_writev", "mount", "umount2",
	"pivot_root", "chroot", "move_mount", "fsopen", "open_tree", "bpf",
	"perf_event_open", "keyctl", "add_key", "request_key", "unshare",
	"setns", "init_module", "finit_module", "delete_module", "kexec_load",
	"kexec_file_load", "reboot", "swapon", "swapoff", "setuid", "setgid",
	"setreuid", "setregid", "setresuid", "setresgid", "setgroups",
	"io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd",
	"settimeofday", "clock_settime", "adjtimex", "sethostname",
	"setdomainname", "acct", "quotactl", "open_by_handle_at",
	"name_to_handle_at", "personality", "vmsplice" };

static int
add_rules(scmp_filter_ctx ctx, uint32_t action, const char *const *names,
    size_t count)
{
	size_t i;
	int rc;

	for (i = 0; i < count; i++) {
		int nr = seccomp_syscall_resolve_name(names[i]);

		/* Not every architecture has every call. */
		if (nr == __NR_SCMP_ERROR)
			continue;
		rc = seccomp_rule_add(ctx, action, nr, 0);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
load(scmp_filter_ctx ctx, int rc, struct errbuf *eb)
{
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc == 0)
		return 0;
	errno = -rc;
	return err_sys(eb, "cannot restrict system calls");
}

int
sandbox_capture(struct errbuf *eb)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (ctx == NULL)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	rc = add_rules(ctx, SCMP_ACT_ALLOW, capture_allowed,
	    ES_ARRAY_LEN(capture_allowed));
	if (rc == 0)
		rc = add_rules(ctx, SCMP_ACT_ERRNO(EACCES), capture_refused,
		    ES_ARRAY_LEN(capture_refused));
	return load(ctx, rc, eb);
}

int
sandbox_common(struct errbuf *eb)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc;

	if (ctx == NULL)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	rc = add_rules(ctx, SCMP_ACT_ERRNO(EPERM), nobody_needs,
	    ES_ARRAY_LEN(nobody_needs));
	return load(ctx, rc, eb);
}
