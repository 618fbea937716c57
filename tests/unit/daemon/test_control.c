/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: a sensor's loop in one process, a command's question in another.
 */
#include "tests/unit/test.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uv.h>

#include "sensor/daemon/control.h"

#define ANSWER 300000

struct world {
	char dir[64];
	char path[96];
	pid_t server;
};

/* "big" gives more than a socket takes at once; "stop" ends the loop. */
static bool
request(void *arg, const char *word, struct buf *answer)
{
	uv_loop_t *loop = arg;
	size_t i;

	if (strcmp(word, "stop") == 0)
		uv_stop(loop);
	else if (strcmp(word, "big") == 0)
		for (i = 0; i < ANSWER; i++)
			buf_u8(answer, 'x');
	else if (strcmp(word, "hello") != 0)
		return false;
	buf_str(answer, "{}");
	return true;
}

static void
serve(const char *dir)
{
	struct control *control;
	struct control_ops ops = { .request = request };
	struct errbuf eb;
	uv_loop_t loop;

	ops.arg = &loop;
	if (uv_loop_init(&loop) < 0 ||
	    control_open(&loop, dir, &ops, &control, &eb) < 0)
		_exit(1);
	uv_run(&loop, UV_RUN_DEFAULT);
	control_close(control);
	uv_run(&loop, UV_RUN_NOWAIT);
	_exit(0);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	int tries;

	if (w == NULL)
		return -1;
	snprintf(w->dir, sizeof(w->dir), "/tmp/earshot-control.XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return -1;
	snprintf(w->path, sizeof(w->path), "%s/control.sock", w->dir);
	w->server = fork();
	if (w->server == 0)
		serve(w->dir);
	for (tries = 0; tries < 200 && access(w->path, F_OK) < 0; tries++)
		usleep(10000);
	*state = w;
	return w->server < 0;
}

static int
ask(const struct world *w, const char *word, struct buf *answer)
{
	struct errbuf eb;

	buf_init(answer, 1 << 20);
	return control_ask(w->dir, word, answer, &eb);
}

static int
teardown(void **state)
{
	struct world *w = *state;
	struct buf answer;
	int status;

	if (ask(w, "stop", &answer) < 0)
		kill(w->server, SIGKILL);
	buf_fini(&answer);
	waitpid(w->server, &status, 0);
	unlink(w->path);
	rmdir(w->dir);
	free(w);
	return 0;
}

static void
answers_are_whole_whatever_their_size(void **state)
{
	struct buf answer;

	assert_int_equal(ask(*state, "hello", &answer), 0);
	assert_string_equal(buf_cstr(&answer), "{}");
	buf_fini(&answer);
	assert_int_equal(ask(*state, "big", &answer), 0);
	assert_int_equal(answer.len, ANSWER + 2);
	buf_fini(&answer);
	assert_int_equal(ask(*state, "nonsense", &answer), 0);
	assert_non_null(strstr(buf_cstr(&answer), "unknown request"));
	buf_fini(&answer);
}

static int
dial(const struct world *w)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", w->path);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void
clients_that_misbehave_do_no_harm(void **state)
{
	struct world *w = *state;
	char line[200], c;
	struct buf answer;
	int idle[40], fd;
	size_t i;

	/* Too long, closed early, and more than there is room for. */
	memset(line, 'x', sizeof(line));
	fd = dial(w);
	assert_int_equal(
	    send(fd, line, sizeof(line), MSG_NOSIGNAL), sizeof(line));
	assert_int_equal(read(fd, &c, 1) <= 0, 1);
	close(fd);
	close(dial(w));
	for (i = 0; i < ES_ARRAY_LEN(idle); i++)
		idle[i] = dial(w);
	for (i = 0; i < ES_ARRAY_LEN(idle); i++)
		close(idle[i]);
	usleep(100000);
	assert_int_equal(ask(w, "hello", &answer), 0);
	buf_fini(&answer);
}

static void
the_socket_is_its_owners_alone(void **state)
{
	const struct world *w = *state;
	struct stat st;

	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
nobody_there_is_told_from_trouble(void **state)
{
	struct buf answer;
	struct errbuf eb;

	(void)state;
	buf_init(&answer, 1024);
	assert_int_equal(
	    control_ask("/nowhere", "status", &answer, &eb), ES_E(NOTFOUND));
	assert_non_null(strstr(eb.text, "/nowhere"));
	buf_fini(&answer);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(answers_are_whole_whatever_their_size),
		CASE(clients_that_misbehave_do_no_harm),
		CASE(the_socket_is_its_owners_alone),
		CASE(nobody_there_is_told_from_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
