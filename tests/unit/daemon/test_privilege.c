/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a role cannot do any more: each attempt is made in a process of its own, which reports what the kernel said.
 */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/daemon/privilege.h"

#define SETUP_FAILED 200
#define KILLED (-SIGSYS)

/* errno of the attempt (0 = it worked), or minus the signal that ended the process. */
static int
outcome(int (*setup)(void), int (*attempt)(void))
{
	const struct rlimit no_core = { 0, 0 };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGSYS, SIG_DFL);
		if (setup() < 0)
			_exit(SETUP_FAILED);
		errno = 0;
		_exit(attempt() < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int
open_shadow(void)
{
	return open("/etc/shadow", O_RDONLY | O_CLOEXEC);
}

static int
open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
open_raw(void)
{
	return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static int
execute(void)
{
	char *const argv[] = { "true", NULL };

	return execv("/bin/true", argv);
}

static int
trace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int
mount_something(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL);
}

static int
become_root(void)
{
	return setuid(0);
}

static int
read_something(void)
{
	char c;

	return read(STDIN_FILENO, &c, 0) == 0 ? 0 : -1;
}

static int
write_something(void)
{
	return write(STDERR_FILENO, "", 0) == 0 ? 0 : -1;
}

static int
as_user(void)
{
	struct identity who;
	struct errbuf eb;

	if (identity_find("nobody", &who, &eb) < 0)
		return -1;
	return privilege_become(&who, &eb);
}

static int
as_capture(void)
{
	return as_user() < 0 || privilege_drop(false, NULL) < 0 ||
		       sandbox_capture(NULL) < 0
		   ? -1
		   : 0;
}

static int
as_sensor(void)
{
	return as_user() < 0 || privilege_drop(false, NULL) < 0 ||
		       sandbox_common(NULL) < 0
		   ? -1
		   : 0;
}

static int
as_raw_engine(void)
{
	return as_user() < 0 || privilege_drop(true, NULL) < 0 ||
		       sandbox_common(NULL) < 0
		   ? -1
		   : 0;
}

static int
as_caller(void)
{
	return 0;
}

static void
need_root(void)
{
	if (geteuid() == 0 && open_raw() >= 0)
		return;
	print_message("skip: only root with CAP_NET_RAW has anything to "
		      "give up\n");
	skip();
}

static void
capture_reads_and_writes_and_nothing_else(void **unused)
{
	(void)unused;
	need_root();
	assert_int_equal(outcome(as_caller, open_shadow), 0);
	assert_int_equal(outcome(as_capture, open_shadow), EACCES);
	assert_int_equal(outcome(as_capture, open_socket), KILLED);
	assert_int_equal(outcome(as_capture, open_raw), KILLED);
	assert_int_equal(outcome(as_capture, execute), KILLED);
	assert_int_equal(outcome(as_capture, trace), KILLED);
	assert_int_equal(outcome(as_capture, become_root), KILLED);
	assert_int_equal(outcome(as_capture, read_something), 0);
	assert_int_equal(outcome(as_capture, write_something), 0);
}

static void
sensor_connects_but_has_no_power(void **unused)
{
	(void)unused;
	need_root();
	assert_int_equal(outcome(as_sensor, open_shadow), EACCES);
	assert_int_equal(outcome(as_sensor, open_socket), 0);
	assert_int_equal(outcome(as_sensor, open_raw), EPERM);
	assert_int_equal(outcome(as_sensor, execute), EPERM);
	assert_int_equal(outcome(as_sensor, trace), EPERM);
	assert_int_equal(outcome(as_sensor, mount_something), EPERM);
	assert_int_equal(outcome(as_sensor, become_root), EPERM);
}

static void
engine_keeps_raw_sockets_only_when_asked_to(void **unused)
{
	(void)unused;
	need_root();
	assert_int_equal(outcome(as_raw_engine, open_raw), 0);
	assert_int_equal(outcome(as_raw_engine, open_shadow), EACCES);
	assert_int_equal(outcome(as_raw_engine, execute), EPERM);
	assert_int_equal(outcome(as_raw_engine, become_root), EPERM);
}

static void
the_monitor_keeps_only_raw_sockets(void **unused)
{
	(void)unused;
	need_root();
	assert_int_equal(outcome(as_user, open_raw), 0);
	assert_int_equal(outcome(as_user, open_shadow), EACCES);
	assert_int_equal(outcome(as_user, mount_something), EPERM);
	assert_int_equal(outcome(as_user, become_root), EPERM);
}

static void
an_unknown_user_is_a_mistake_in_the_configuration(void **unused)
{
	struct identity who;
	struct errbuf eb;

	(void)unused;
	need_root();
	assert_int_equal(
	    identity_find("no-such-user", &who, &eb), ES_E(CONFIG));
	assert_non_null(strstr(eb.text, "no-such-user"));
	assert_int_equal(identity_find("root", &who, &eb), 0);
	assert_false(who.change);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capture_reads_and_writes_and_nothing_else),
		cmocka_unit_test(sensor_connects_but_has_no_power),
		cmocka_unit_test(engine_keeps_raw_sockets_only_when_asked_to),
		cmocka_unit_test(the_monitor_keeps_only_raw_sockets),
		cmocka_unit_test(
		    an_unknown_user_is_a_mistake_in_the_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
