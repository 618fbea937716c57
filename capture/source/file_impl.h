/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading window that the pcap and pcapng readers share.
 */
#pragma once

#include "capture/limits.h"
#include "capture/source/source_impl.h"
#include "sensor/base/cursor.h"

#define PCAPNG_SHB 0x0a0d0d0aU /* section header; a palindrome */

/* An interface of a pcapng section. */
struct ng_if {
	uint32_t linktype;
	uint32_t snaplen;
	uint64_t per_s;	  /* units of a time stamp in a second */
	int64_t offset_s; /* added to every time stamp */
};

struct source_file {
	int fd;
	char name[256];
	struct filter filter;
	bool begun; /* the head of the file was read */
	bool is_ng;
	bool big; /* byte order of the section or file */
	bool nano;
	bool regular;
	int linktype; /* -1: not known or mixed */
	size_t record_header;
	uint64_t records;
	uint64_t filtered;
	uint64_t done; /* octets read */
	uint64_t size;
	uint8_t *buf; /* the window: [at, end) is not consumed */
	size_t cap;
	size_t at;
	size_t end;
	size_t nifs;
	struct ng_if ifs[LIMIT_FILE_INTERFACES];
};

int file_need(struct source_file *s, size_t n, struct errbuf *eb) ES_MUST_CHECK;
struct cursor file_at(const struct source_file *s, size_t n);
uint32_t file_u32(const struct source_file *s, struct cursor *c);
uint16_t file_u16(const struct source_file *s, struct cursor *c);
int file_garbage(
    const struct source_file *s, const char *what, struct errbuf *eb);

int pcapng_next(
    struct source_file *s, struct record *rec, struct errbuf *eb) ES_MUST_CHECK;
